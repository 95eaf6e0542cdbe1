#!/usr/bin/env node
// The installed command. Compiled code is cached on disk, so that the second start is a fast one.
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

enableCompileCache()
const built = new URL('../dist/cli/main.js', import.meta.url)
await import(existsSync(built) ? built.href : new URL('../src/cli/main.ts', import.meta.url).href)
