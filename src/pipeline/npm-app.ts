import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, limits, parseJson } from '../base/index.ts'
import type { ContextFile } from './context-files.ts'

/** What an npm package says about how it is run and what it needs to run. */
export interface NpmApp {
  /** `node <main>`, when package.json has a main. */
  readonly command: readonly string[] | undefined
  /** Folders of packages that are installed for development only, as npm itself recorded them. */
  readonly development: readonly string[]
}

/** Reads package.json and npm's record of what it installed; undefined when the folder is no npm package. */
export async function readNpmApp(context: string): Promise<NpmApp | undefined> {
  const manifest = await readJson(join(context, 'package.json'))
  if (!isObject(manifest)) return undefined
  const lock = await readJson(join(context, 'node_modules', '.package-lock.json'))
  const packages = isObject(lock) && isObject(lock.packages) ? Object.entries(lock.packages) : []
  const development = packages
    .filter(([, entry]) => isObject(entry) && entry.dev === true)
    .map(([path]) => path)
  return {
    command: typeof manifest.main === 'string' ? ['node', manifest.main] : undefined,
    development,
  }
}

/** Leaves out the launchers in node_modules/.bin whose package stayed out. */
export function withoutDeadLaunchers(files: readonly ContextFile[]): readonly ContextFile[] {
  const paths = new Set(files.map(({ path }) => path))
  return files.filter((file) => {
    const launcher = file.kind === 'link' && /^(.*\/)?node_modules\/\.bin\/[^/]+$/.test(file.path)
    return !launcher || paths.has(join(file.path, '..', file.target))
  })
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readFile(path).catch(() => undefined)
  return bytes && bytes.length <= limits.reportFileBytes ? parseJson(bytes, path) : undefined
}
