import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const VARIABLE = 'TEST_LOADED_PACKAGES'

/** The environment in which a Node program leaves in `file` which packages it loads. */
export function noting(file: string): NodeJS.ProcessEnv {
  const self = pathToFileURL(join(import.meta.dirname, 'loaded-packages.ts')).href
  return { NODE_OPTIONS: `--import ${self}`, [VARIABLE]: file }
}

/** The packages that were loaded, each once, in order. */
export function loadedPackages(file: string): readonly string[] {
  return JSON.parse(readFileSync(file, 'utf8')) as string[]
}

/** In the program itself. */
const file = process.env[VARIABLE]
if (file !== undefined) {
  const found = new Set<string>()
  registerHooks({
    load: (url, context, next) => {
      const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
      if (name !== undefined) found.add(name)
      return next(url, context)
    },
  })
  process.on('exit', () => writeFileSync(file, JSON.stringify([...found].toSorted())))
}
