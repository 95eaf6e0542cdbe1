import { lstat, readdir, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fail } from '../base/index.ts'
import { pipelineErrors } from './errors.ts'
import type { Ignore } from './ignore.ts'

/** One entry of the folder an image is built from. `path` is relative to it, with `/`. */
export type ContextFile =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

const MAX_ENTRIES = 500_000

/**
 * Lists a context in the order of its paths' bytes, whatever order the file system has. Links are never followed:
 * one that stays inside is kept as a link. Directories come in only with something in them, or of their own right.
 * @throws CONTEXT_UNUSABLE, CONTEXT_ESCAPE
 */
export async function contextFiles(
  root: string,
  ignore: Ignore,
  signal: AbortSignal,
): Promise<readonly ContextFile[]> {
  const found = new Map<string, ContextFile>()
  await list(root, '', { ignore, signal, found })
  if (found.size === 0) throw unusable('Found nothing to put into the image', root)
  const keyed = [...found.values()].map((file) => ({ file, key: Buffer.from(file.path) }))
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ file }) => file)
}

interface Walk {
  readonly ignore: Ignore
  readonly signal: AbortSignal
  readonly found: Map<string, ContextFile>
}

async function list(root: string, directory: string, walk: Walk): Promise<void> {
  walk.signal.throwIfAborted()
  for (const name of await namesIn(join(root, directory))) {
    const path = directory === '' ? name : `${directory}/${name}`
    const excluded = walk.ignore.excludes(path)
    if (excluded && !walk.ignore.mayHold(path)) continue
    const file = await readEntry(root, path, excluded)
    if (!file) continue
    if (!excluded) keep(file, walk.found)
    if (walk.found.size > MAX_ENTRIES) throw unusable(`Found more than ${MAX_ENTRIES} files`, root)
    if (file.kind === 'directory') await list(root, path, walk)
  }
}

/** A file that comes back in below an excluded directory brings its parents along. */
function keep(file: ContextFile, found: Map<string, ContextFile>): void {
  found.set(file.path, file)
  const parent = posix.dirname(file.path)
  if (parent !== '.' && !found.has(parent)) keep({ kind: 'directory', path: parent }, found)
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (cause) {
    throw unusable(`The folder cannot be read: ${(cause as Error).message}`, directory, cause)
  }
}

async function readEntry(root: string, path: string, excluded: boolean): Promise<ContextFile | undefined> {
  const full = join(root, path)
  const stat = await lstat(full).catch((cause: unknown) => {
    throw unusable('A file cannot be read: its name is not UTF-8, or it has just gone', full, cause)
  })
  if (stat.isDirectory()) return { kind: 'directory', path }
  if (excluded) return undefined
  if (stat.isSymbolicLink())
    return { kind: 'link', path, target: insideLink(path, await readlink(full), full) }
  if (!stat.isFile()) throw unusable('Found a socket, pipe or device; leave it out with `exclude`', full)
  return { kind: 'file', path, size: stat.size, executable: (stat.mode & 0o100) !== 0 }
}

function insideLink(path: string, target: string, where: string): string {
  const end = posix.join(posix.dirname(path), target)
  if (!posix.isAbsolute(target) && end !== '..' && !end.startsWith('../')) return target
  throw fail(pipelineErrors.CONTEXT_ESCAPE, {
    message: `Found a link to ${target}, expected one that stays inside the folder.`,
    where,
  })
}

function unusable(message: string, where: string, cause?: unknown) {
  return fail(pipelineErrors.CONTEXT_UNUSABLE, {
    message: `${message}.`,
    where,
    ...(cause !== undefined && { cause }),
  })
}
