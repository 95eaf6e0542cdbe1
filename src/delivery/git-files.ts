import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import type { GitBranch } from './git-branch.ts'
import { git } from './git-command.ts'
import { fetchFailure } from './git-failure.ts'
import type { Place, SourceFile } from './place.ts'
import { escapes, repositoryPath } from './repository-path.ts'

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

/**
 * The files of a place in one commit.
 * @throws PATH_ESCAPES, LOCATOR_NOT_FOUND, YAML_INVALID (not UTF-8), GIT_UNREACHABLE
 */
export async function readPlace(
  branch: GitBranch,
  commit: string,
  place: Place,
): Promise<readonly GitFile[]> {
  const path = repositoryPath(place.path)
  const entry = await entryAt(branch, commit, path)
  const chosen = entry.type === 'blob' ? [entry] : await chooseIn(branch, commit, path, place)
  const ids = chosen.map(({ id }) => id)
  await prefetch(branch, ids)
  return Promise.all(chosen.map((file) => readFile(branch, file)))
}

async function entryAt(branch: GitBranch, commit: string, path: string): Promise<TreeEntry> {
  if (path === '') return { mode: '040000', type: 'tree', id: commit, path: '' }
  const parts = path.split('/')
  const steps = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  for (const step of steps) {
    const [entry] = await list(branch, commit, step)
    if (!entry) throw notThere(branch, path)
    refuseLink(entry, path)
    if (step === path) return entry
  }
  throw notThere(branch, path)
}

async function chooseIn(
  branch: GitBranch,
  commit: string,
  path: string,
  place: Place,
): Promise<readonly TreeEntry[]> {
  const entries = await list(branch, commit, path === '' ? '' : `${path}/`)
  const named = new Map(
    entries.filter(({ type }) => type !== 'tree').map((entry) => [baseName(entry.path), entry]),
  )
  const chosen = place.choose([...named.keys()]).flatMap((name) => named.get(name) ?? [])
  for (const entry of chosen) refuseLink(entry, entry.path)
  if (chosen.length === 0) throw notThere(branch, path === '' ? '*.yaml' : `${path}/*.yaml`)
  return chosen
}

async function list(branch: GitBranch, commit: string, path: string): Promise<readonly TreeEntry[]> {
  const listed = await git(branch, ['ls-tree', '-z', commit, ...(path ? ['--', path] : [])])
  if (listed.code !== 0) throw fetchFailure(listed.stderr, branch.address.shown, branch.branch)
  const lines = listed.stdout.toString('utf8').split('\0').filter(Boolean)
  return lines.map((line) => {
    const [meta = '', entryPath = ''] = line.split('\t', 2)
    const [mode = '', type = '', id = ''] = meta.split(' ')
    return { mode, type, id, path: entryPath }
  })
}

// One request for all missing blobs; without it git would ask for them one by one. A server that cannot is no failure:
// reading them then asks again, and says why.
async function prefetch(branch: GitBranch, ids: readonly string[]): Promise<void> {
  const known = await git(
    branch,
    ['rev-list', '--objects', '--missing=print', '--no-object-names', '--ignore-missing', '--stdin'],
    ids.join('\n'),
  )
  const missing = known.stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : []))
  if (missing.length < 2) return
  const quiet = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-recurse-submodules',
  ]
  await git(
    branch,
    ['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...quiet, '--filter=blob:none', '--stdin', 'origin'],
    missing.join('\n'),
  )
}

async function readFile(branch: GitBranch, entry: TreeEntry): Promise<GitFile> {
  const blob = await git(branch, ['cat-file', 'blob', entry.id])
  if (blob.code !== 0) throw fetchFailure(blob.stderr, branch.address.shown, branch.branch)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(blob.stdout)
    return { path: entry.path, mode: entry.mode, text }
  } catch (cause) {
    throw fail(deliveryErrors.YAML_INVALID, {
      message: `${entry.path} is not UTF-8 text.`,
      where: entry.path,
      cause,
    })
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
