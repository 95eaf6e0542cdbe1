import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { gitAddress } from './git-address.ts'
import type { GitAddress } from './git-address.ts'
import { git, gitEnvironment } from './git-command.ts'
import type { GitHome } from './git-command.ts'
import { fetchFailure, said } from './git-failure.ts'
import type { GitOptions } from './order.ts'

/** One branch of a remote repository, fetched into a bare repository that lives as long as one delivery. */
export interface GitBranch extends GitHome {
  readonly address: GitAddress
  readonly branch: string
}

/** Our name for the fetched head. */
export const BASE = 'refs/waybill/base'

/** Opens a branch, runs `work`, and removes the bare repository again. @throws GIT_UNREACHABLE, … */
export async function withBranch<T>(
  place: { readonly repository: string; readonly branch: string },
  options: GitOptions,
  work: (branch: GitBranch) => Promise<T>,
): Promise<T> {
  const address = gitAddress(place.repository, options.directory)
  const parent = options.cacheDirectory ?? tmpdir()
  await mkdir(parent, { recursive: true })
  const directory = await mkdtemp(join(parent, 'waybill-git-'))
  try {
    const env = gitEnvironment(options.env, secretsOf(address))
    const branch = { directory, env, signal: options.signal, address, branch: place.branch }
    await initialise(branch)
    return await work(branch)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function initialise(branch: GitBranch): Promise<void> {
  const made = await git(branch, ['init', '--quiet', '--bare', '--template=', '.'])
  if (made.code !== 0)
    throw fail(deliveryErrors.GIT_UNREACHABLE, { message: `git init failed: ${said(made.stderr)}` })
  await appendFile(join(branch.directory, 'config'), configuration(branch.address))
}

// A partial clone: git asks the server for missing blobs on its own, by way of `promisor`.
function configuration(address: GitAddress): string {
  const url = address.location.replace(/["\\]/g, '\\$&')
  const remote = `[remote "origin"]\n\turl = "${url}"\n\tpromisor = true\n\tpartialclonefilter = blob:none\n`
  return address.credentials ? remote + HELPER : remote
}

// The empty helper stops others: a password written in the address is the one that is meant.
const ASKED = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$WAYBILL_GIT_USERNAME" "$WAYBILL_GIT_PASSWORD"; }; f`
const HELPER = `[credential]\n\thelper =\n\thelper = "${ASKED.replace(/["\\]/g, '\\$&')}"\n`

function secretsOf({ credentials }: GitAddress): Record<string, string> {
  if (!credentials) return {}
  return { WAYBILL_GIT_USERNAME: credentials.username, WAYBILL_GIT_PASSWORD: credentials.password }
}

/**
 * Brings the head of the branch here and returns its commit: `depth` commits with their trees, no blobs.
 * Servers and paths without partial or shallow fetch send more; the result is the same.
 * @throws BRANCH_MISSING, GIT_UNREACHABLE, GIT_DENIED
 */
export async function fetchHead(branch: GitBranch, depth = 1): Promise<string> {
  const thrifty = await fetch(branch, [`--depth=${depth}`, '--filter=blob:none'])
  const plain = /shallow|filter|dumb/i.test(thrifty.stderr) && thrifty.code !== 0
  const fetched = plain ? await fetch(branch, []) : thrifty
  if (fetched.code !== 0) throw fetchFailure(fetched.stderr, branch.address.shown, branch.branch)
  const head = await git(branch, ['rev-parse', '--verify', BASE])
  return head.stdout.toString('utf8').trim()
}

/** The head of the branch, asked without fetching anything; undefined when that cannot be told this way. */
export async function remoteHead(
  place: { readonly repository: string; readonly branch: string },
  options: GitOptions,
): Promise<string | undefined> {
  const address = gitAddress(place.repository, options.directory)
  // No repository's configuration counts: the root is in none.
  const home = {
    directory: '/',
    env: gitEnvironment(options.env, secretsOf(address)),
    signal: options.signal,
  }
  const helper = address.credentials ? ['', ASKED].flatMap((each) => ['-c', `credential.helper=${each}`]) : []
  const ref = `refs/heads/${place.branch}`
  const listed = await git(home, [...helper, 'ls-remote', '--quiet', '--', address.location, ref])
  const lines = listed.stdout.toString('utf8').split('\n').filter(Boolean)
  const found = lines.map((line) => line.split('\t')).find(([, name]) => name === ref)
  return listed.code === 0 ? found?.[0] : undefined
}

/** Every fetch takes what it asks for and nothing beside it. */
export const FETCH = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
] as const

function fetch(branch: GitBranch, limits: readonly string[]) {
  return git(branch, [...FETCH, ...limits, 'origin', `+refs/heads/${branch.branch}:${BASE}`])
}
