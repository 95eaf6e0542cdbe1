import { lstat, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail, limits } from '../../base/index.ts'
import { ciDefaults } from '../../config/index.ts'
import type { Config } from '../../config/index.ts'
import { flowsOf, header, readHeader, renderers } from '../../ci/index.ts'
import type { CiFile, CiSystem } from '../../ci/index.ts'
import { setupErrors } from '../errors.ts'

/** One file of a set, as it should be and as it is. */
export interface FileThere {
  readonly path: string
  /** undefined: it is of a flow that is no more. */
  readonly wanted: CiFile | undefined
  /** undefined: there is none. Line ends as git may have made them are made plain. */
  readonly found: string | undefined
  readonly isUntouched: boolean
  /** It says what is wanted; what it was made from, in its first line, may have changed elsewhere. */
  readonly isCurrent: boolean
}

export const SET_UP = 'docs/waybill-ci.md'

/** @throws ANSWER_MISSING when nothing writes pipelines of this system */
export function wantedFiles(system: CiSystem, config: Config): readonly CiFile[] {
  const settings = config.ci ?? ciDefaults
  const flows = flowsOf(config)
  const renderer = renderers[system]
  if (!renderer) throw fail(setupErrors.ANSWER_MISSING, { message: `Nothing writes pipelines of ${system}.` })
  const text = header('<!--', system, { flows, settings }, `\n${renderer.setUp(flows, settings).trimEnd()}\n`)
  return [...renderer.files(flows, settings), { path: SET_UP, text }]
}

/**
 * Every file of a set, and those that an earlier set left.
 * @throws FILE_CHANGED when a symbolic link or a folder stands where a file belongs
 */
export async function lookAt(
  directory: string,
  system: CiSystem,
  wanted: readonly CiFile[],
): Promise<readonly FileThere[]> {
  const there = await Promise.all(wanted.map((file) => oneFile(directory, file)))
  return [...there, ...(await leftovers(directory, system, wanted))]
}

async function oneFile(directory: string, wanted: CiFile): Promise<FileThere> {
  const found = await readPlain(directory, wanted.path)
  const untouched = isUntouched(found)
  const isCurrent = found === wanted.text || (untouched && bodyOf(found) === bodyOf(wanted.text))
  return { path: wanted.path, wanted, found, isUntouched: untouched, isCurrent }
}

/** Files with this system's header, in the folders of the set. */
async function leftovers(
  directory: string,
  system: CiSystem,
  wanted: readonly CiFile[],
): Promise<readonly FileThere[]> {
  const known = new Set(wanted.map(({ path }) => path))
  const folders = new Set(wanted.map(({ path }) => dirname(path)))
  const paths: string[] = []
  for (const folder of folders) {
    const entries = await readdir(join(directory, folder), { withFileTypes: true }).catch(() => [])
    const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$|Jenkinsfile$/.test(entry.name))
    paths.push(...files.map(({ name }) => (folder === '.' ? name : `${folder}/${name}`)))
  }
  const found = await Promise.all(
    paths
      .filter((path) => !known.has(path))
      .map(async (path) => ({ path, found: await readPlain(directory, path) })),
  )
  return found
    .filter(({ found: text }) => text !== undefined && readHeader(text)?.system === system)
    .map((file) => ({ ...file, wanted: undefined, isUntouched: isUntouched(file.found), isCurrent: false }))
}

function isUntouched(found: string | undefined): boolean {
  return found !== undefined && (readHeader(found)?.isUntouched ?? false)
}

function bodyOf(text: string | undefined): string | undefined {
  return text?.slice(text.indexOf('\n'))
}

/** A link could lead out of the project: no part of the way may be one. @throws FILE_CHANGED */
export async function readPlain(directory: string, path: string): Promise<string | undefined> {
  const parts = path.split('/')
  for (const [index] of parts.entries()) {
    const place = join(directory, ...parts.slice(0, index + 1))
    const isLast = index === parts.length - 1
    const found = await lstat(place).catch(() => undefined)
    if (!found) return undefined
    if (isLast ? !found.isFile() : !found.isDirectory()) throw inTheWay(place, found.isSymbolicLink())
    if (isLast && found.size > limits.configFileBytes) throw inTheWay(place, false)
  }
  return (await readFile(join(directory, path), 'utf8')).replaceAll('\r\n', '\n')
}

function inTheWay(where: string, isLink: boolean) {
  return fail(setupErrors.FILE_CHANGED, {
    message: isLink
      ? 'A symbolic link stands where a file of the pipelines belongs.'
      : 'Something else stands where a file of the pipelines belongs.',
    where,
    next: 'Move it away and run again; --force does not follow or replace it.',
  })
}
