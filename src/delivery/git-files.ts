import type { WaybillError } from '../base/index.ts'
import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { FETCH } from './git-branch.ts'
import type { GitBranch } from './git-branch.ts'
import { git } from './git-command.ts'
import { fetchFailure } from './git-failure.ts'
import type { Place, SourceFile } from './place.ts'
import { escapes } from './repository-path.ts'

/** A file in a commit: its text and what git needs to write it again. */
export interface GitFile extends SourceFile {
  readonly mode: string
}

interface TreeEntry {
  readonly mode: string
  readonly type: string
  readonly id: string
  readonly path: string
}

const LINK = '120000'
const SUBMODULE = '160000'
const ROOT = '.'

/**
 * The files of a place in one commit.
 * @throws PATH_ESCAPES, LOCATOR_NOT_FOUND, YAML_INVALID (not UTF-8), GIT_UNREACHABLE
 */
export async function readPlace(
  branch: GitBranch,
  commit: string,
  place: Place,
): Promise<readonly GitFile[]> {
  const entry = await entryAt(branch, commit, place.path)
  const chosen = entry.type === 'blob' ? [entry] : await chooseIn(branch, commit, place)
  await prefetch(
    branch,
    chosen.map(({ id }) => id),
  )
  return readFiles(branch, chosen)
}

async function entryAt(branch: GitBranch, commit: string, path: string): Promise<TreeEntry> {
  if (path === ROOT) return { mode: '040000', type: 'tree', id: commit, path }
  const [entry] = await list(branch, commit, path)
  if (!entry) throw await whyNotThere(branch, commit, path)
  refuseLink(entry, path)
  return entry
}

// git lists nothing behind a link or a submodule: that is an escape, not a missing file.
async function whyNotThere(branch: GitBranch, commit: string, path: string): Promise<WaybillError> {
  const parts = path.split('/')
  for (let depth = 1; depth < parts.length; depth++) {
    const [entry] = await list(branch, commit, parts.slice(0, depth).join('/'))
    if (!entry) break
    refuseLink(entry, path)
  }
  return notThere(branch, path)
}

async function chooseIn(branch: GitBranch, commit: string, place: Place): Promise<readonly TreeEntry[]> {
  const entries = await list(branch, commit, `${place.path}/`)
  const named = new Map(
    entries.filter(({ type }) => type !== 'tree').map((entry) => [baseName(entry.path), entry]),
  )
  const chosen = place.choose([...named.keys()]).flatMap((name) => named.get(name) ?? [])
  for (const entry of chosen) refuseLink(entry, entry.path)
  if (chosen.length === 0) throw notThere(branch, `${place.path}/*.yaml`)
  return chosen
}

async function list(branch: GitBranch, commit: string, path: string): Promise<readonly TreeEntry[]> {
  const listed = await git(branch, ['ls-tree', '-z', commit, ...(path === `${ROOT}/` ? [] : ['--', path])])
  if (listed.code !== 0) throw fetchFailure(listed.stderr, branch.address.shown, branch.branch)
  const lines = listed.stdout.toString('utf8').split('\0').filter(Boolean)
  return lines.map((line) => {
    const [meta = '', entryPath = ''] = line.split('\t', 2)
    const [mode = '', type = '', id = ''] = meta.split(' ')
    return { mode, type, id, path: entryPath }
  })
}

// One request for all blobs; without it git would ask for them one by one. A server that cannot is no failure:
// reading them then asks again, and says why.
async function prefetch(branch: GitBranch, ids: readonly string[]): Promise<void> {
  if (ids.length < 2) return
  await git(
    branch,
    ['-c', 'fetch.negotiationAlgorithm=noop', ...FETCH, '--filter=blob:none', '--stdin', 'origin'],
    ids.join('\n'),
  )
}

/** The blobs of the entries by one `cat-file --batch`: `<id> blob <size>`, line break, bytes, line break. */
async function readFiles(branch: GitBranch, entries: readonly TreeEntry[]): Promise<readonly GitFile[]> {
  const batch = await git(branch, ['cat-file', '--batch'], entries.map(({ id }) => `${id}\n`).join(''))
  let at = 0
  return entries.map((entry) => {
    const end = batch.stdout.indexOf('\n', at)
    const [id, , size] = batch.stdout.subarray(at, end).toString('latin1').split(' ')
    const bytes = batch.stdout.subarray(end + 1, end + 1 + Number(size))
    if (id !== entry.id || bytes.length !== Number(size))
      throw fetchFailure(batch.stderr, branch.address.shown, branch.branch)
    at = end + 2 + bytes.length
    return { path: entry.path, mode: entry.mode, text: decode(bytes, entry.path) }
  })
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw fail(deliveryErrors.YAML_INVALID, { message: `${path} is not UTF-8 text.`, where: path, cause })
  }
}

function refuseLink(entry: TreeEntry, path: string): void {
  if (entry.mode === LINK) throw escapes(path, `${entry.path} is a symbolic link`)
  if (entry.mode === SUBMODULE) throw escapes(path, `${entry.path} is a submodule`)
}

function notThere(branch: GitBranch, path: string) {
  return fail(deliveryErrors.LOCATOR_NOT_FOUND, {
    message: `Found no ${path} on branch ${branch.branch} of ${branch.address.shown}.`,
    where: path,
    next: 'Add the file to the repository once by hand, or correct the path in the deliver block.',
  })
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
