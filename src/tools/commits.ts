import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isFailure } from '../base/index.ts'
import { quietGit } from './git.ts'

/** One commit as its author wrote it; every text is foreign. */
export interface LoggedCommit {
  readonly commit: string
  readonly author: string
  /** RFC 3339, by the author's clock. */
  readonly on: string
  readonly subject: string
  /** Numbers of the pull or merge requests that the message names as the ones it came by. */
  readonly pullRequests: readonly number[]
}

export interface CommitLog {
  /** How many commits are new. */
  readonly count: number
  /** How many are in the old one and not in the new one. */
  readonly lost: number
  /** The newest of the new ones, newest first. */
  readonly listed: readonly LoggedCommit[]
}

export interface CommitsOptions {
  /** Folders that may be in a working copy that has both commits; asked in this order. */
  readonly folders: readonly string[]
  /** A repository to fetch from when no folder has them; undefined = nothing is fetched. */
  readonly remote: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
}

const LISTED = 50
/** Commits fetched from each end of the range. */
const DEPTH = 1_000

/**
 * What git says lies between two commits (full ids).
 * @returns why it cannot be told, when it cannot
 */
export async function commitsBetween(
  from: string,
  to: string,
  { folders, remote, env, signal }: CommitsOptions,
): Promise<CommitLog | { readonly unknown: string }> {
  // Ids come from images; one that is none could be an option of git's.
  const odd = [from, to].find((id) => !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id))
  if (odd !== undefined) return { unknown: `"${odd.slice(0, 64)}" is no commit id` }
  for (const folder of folders) {
    const ask = quietGit(folder, env, signal)
    if (await hasBoth(ask, from, to)) return logOf(ask, from, to)
  }
  if (remote === undefined) return { unknown: 'no checkout at hand has both commits' }
  return fetched(from, to, remote, env, signal)
}

type Ask = ReturnType<typeof quietGit>

async function hasBoth(ask: Ask, from: string, to: string): Promise<boolean> {
  try {
    const found = await ask(['cat-file', '--batch-check'], { input: `${from}\n${to}\n` })
    const kinds = found.split('\n').map((line) => line.split(' ')[1])
    return kinds.length === 2 && kinds.every((kind) => kind === 'commit')
  } catch (error) {
    signalled(error)
    return false
  }
}

async function logOf(ask: Ask, from: string, to: string): Promise<CommitLog | { readonly unknown: string }> {
  const base = await ask(['merge-base', from, to], { accept: [0, 1] })
  if (base === '') return { unknown: 'the two commits have no ancestor in common, as far as is known here' }
  const count = async (range: string) => Number(await ask(['rev-list', '--count', range, '--']))
  const fields = '%H%x00%an%x00%aI%x00%s%x00%b'
  const range = [`${from}..${to}`, '--']
  const log = await ask(
    [
      'log',
      '-z',
      '--no-show-signature',
      '--no-mailmap',
      `--max-count=${LISTED}`,
      `--format=${fields}`,
      ...range,
    ],
    {},
  )
  return {
    count: await count(`${from}..${to}`),
    lost: await count(`${to}..${from}`),
    listed: commitsIn(log),
  }
}

// No text of git's can hold a zero byte, so it parts the fields and the commits.
function commitsIn(log: string): readonly LoggedCommit[] {
  const fields = log.split('\0')
  return Array.from({ length: Math.floor(fields.length / 5) }, (_, index) => {
    const [commit = '', author = '', on = '', subject = '', body = ''] = fields.slice(
      index * 5,
      index * 5 + 5,
    )
    return { commit, author, on, subject, pullRequests: requestsIn(subject, body) }
  })
}

// GitHub (merge and squash), Azure DevOps, GitLab, as each writes it.
function requestsIn(subject: string, body: string): readonly number[] {
  const found = [
    /^Merge pull request #(\d{1,9}) /.exec(subject),
    /\(#(\d{1,9})\)$/.exec(subject),
    /^Merged PR (\d{1,9}):/.exec(subject),
    /^See merge request \S*!(\d{1,9})$/m.exec(body),
  ]
  return [...new Set(found.flatMap((match) => (match ? [Number(match[1])] : [])))]
}

async function fetched(
  from: string,
  to: string,
  remote: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<CommitLog | { readonly unknown: string }> {
  const scratch = await mkdtemp(join(tmpdir(), 'waybill-commits-'))
  try {
    const ask = quietGit(scratch, env, signal)
    await ask(['init', '--quiet', '--bare', '.'])
    const thrift = [`--depth=${DEPTH}`, '--filter=tree:0', '--no-tags', '--no-recurse-submodules', '--quiet']
    await ask(['fetch', ...thrift, '--end-of-options', remote, from, to], { timeout: 60_000 })
    return await logOf(ask, from, to)
  } catch (error) {
    signalled(error)
    return { unknown: `the source repository gave no answer: ${(error as Error).message}` }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Anything but git's own failure goes on. */
function signalled(error: unknown): void {
  if (!isFailure(error)) throw error
}
