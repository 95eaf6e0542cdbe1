#!/usr/bin/env node
// The command of a checkout: what `npm run build` made, else the sources.
import { existsSync } from 'node:fs'

const built = new URL('../dist/lib/cli/main.js', import.meta.url)
await import(existsSync(built) ? built.href : new URL('../src/cli/main.ts', import.meta.url).href)
