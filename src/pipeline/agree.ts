import { fail, printableLine } from '../base/index.ts'
import { sameSource } from '../attestation/index.ts'
import type { CiFacts, GitFacts, JobIdentity } from '../tools/index.ts'
import type { StatedSource } from './build-job.ts'
import { pipelineErrors } from './errors.ts'

/** Everybody else who says where the source comes from. */
export interface OtherWitnesses {
  readonly job: CiFacts | undefined
  readonly stated: StatedSource
  readonly git: GitFacts | undefined
}

type Question = readonly [
  what: string,
  token: string | undefined,
  other: string | undefined,
  by: string,
  same: (token: string, other: string) => boolean,
]

/**
 * A verified token is about this build only if nobody contradicts it. Of a pull request it decides alone: in a fork the
 * job's variables name the repository that was asked.
 * @throws SOURCE_MISMATCH
 */
export function agreeWithToken({ facts }: JobIdentity, others: OtherWitnesses, where: string): void {
  const { job, stated, git } = others
  const isPullRequest = facts.event === 'pull-request'
  const always: readonly Question[] = [
    ['commit', facts.commit, git?.commit, 'git', equal],
    ['commit', facts.commit, job?.commit, 'the job', equal],
    ['commit', facts.commit, stated.commit, '--commit', (full, begin) => full.startsWith(begin)],
    ['event', facts.event, stated.event, '--event', equal],
    ['pull request', facts.pullRequest, stated.pullRequest, '--pull-request', equal],
    ['ref', facts.ref, stated.ref, '--ref', sameRef],
  ]
  const ofBranches: readonly Question[] = [
    ['repository', facts.source, job?.source, 'the job', sameSource],
    ['repository', facts.source, git?.remote, 'git', samePlace],
    ['ref', facts.ref, job?.ref, 'the job', equal],
    ['event', facts.event, job?.event, 'the job', equal],
    ['run', facts.invocation, job?.invocation, 'the job', samePlace],
  ]
  for (const [what, token, other, by, same] of isPullRequest ? always : [...always, ...ofBranches]) {
    if (token === undefined || other === undefined || same(token, other)) continue
    const told = `${by} says "${printableLine(other, 200)}"`
    throw fail(pipelineErrors.SOURCE_MISMATCH, {
      message: `The job's token is for the ${what} "${printableLine(token, 200)}", but ${told}.`,
      where,
    })
  }
}

function equal(one: string, other: string): boolean {
  return one === other
}

function sameRef(full: string, stated: string): boolean {
  return [stated, `refs/heads/${stated}`, `refs/tags/${stated}`].includes(full)
}

/** Two addresses of one thing on one server, which may have several names and serve it below another path. */
function samePlace(one: string, other: string): boolean {
  const [a, b] = [pathOf(one), pathOf(other)]
  return a.endsWith(b) || b.endsWith(a)
}

/** Azure names a repository `…/_git/name` over https and `v3/…/name` over ssh. */
function pathOf(address: string): string {
  if (!URL.canParse(address)) return address
  const { pathname, search } = new URL(address)
  return `${pathname.replace(/^\/v3\//, '/').replace('/_git/', '/')}${search}`.toLowerCase()
}
