import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, isFailure, isObject, limits, parseJson } from '../base/index.ts'
import { ciFacts, gitFacts, sourceUrl, toolsErrors } from '../tools/index.ts'
import type { CiFacts, GitFacts } from '../tools/index.ts'
import { agreeWithToken } from './agree.ts'
import type { BuildParts, BuildSpec, SourceFacts, StatedSource } from './build-job.ts'
import { pipelineErrors } from './errors.ts'

/**
 * Reads and cross-checks the source of a build. What is checked out must be what is claimed, and what a verified token
 * says wins.
 * @throws CONTEXT_UNUSABLE, SOURCE_UNKNOWN, SOURCE_MISMATCH, SOURCE_UNREADABLE, BUILD_INVALID, IDENTITY_*
 */
export async function readSource(spec: BuildSpec, parts: BuildParts): Promise<SourceFacts> {
  const context = await contextFolder(spec)
  const stated = { ...spec.stated, commit: spec.stated?.commit?.toLowerCase() }
  const identity = await parts.identity?.()
  const told = ciFacts(parts.env)
  const git = await checkedOut(context, stated, parts)
  if (identity) agreeWithToken(identity, { job: told, stated, git }, context)
  const job = told && { ...told, ...identity?.facts }
  // A job that is about another commit than the one stated says nothing about this source.
  const claims = job && aboutThis(job, stated) ? job : undefined
  const commit = agreedCommit(git, stated.commit ?? claims?.commit, context)
  const url = claims?.source ?? git?.remote ?? (spec.source && (sourceUrl(spec.source) ?? spec.source))
  if (!url)
    throw fail(pipelineErrors.SOURCE_UNKNOWN, {
      message: 'Found no address of the repository.',
      where: context,
    })
  const version = spec.version ?? (await packageVersion(context))
  const pullRequest = stated.pullRequest ?? claims?.pullRequest
  return {
    url,
    commit,
    ...refAndEvent(stated, { job, claims, git }, context),
    ...(pullRequest && { pullRequest }),
    ...(git?.author && { author: git.author }),
    dirty: git?.dirty ?? false,
    epoch: epochOf(parts.env.SOURCE_DATE_EPOCH, git),
    ...(version && { version }),
    ...(job?.invocation && { invocation: job.invocation }),
    ...(job?.builderId && { builderId: job.builderId }),
    ...(job && { system: job.system }),
    ...(job?.details && { details: job.details }),
    ...(identity && { identity }),
  }
}

async function contextFolder({ directory, build }: BuildSpec): Promise<string> {
  const where = resolve(directory, build.context)
  const found = await stat(where).catch(() => undefined)
  if (found?.isDirectory()) return where
  throw fail(pipelineErrors.CONTEXT_UNUSABLE, { message: 'Found no folder to build from.', where })
}

async function checkedOut(
  context: string,
  stated: StatedSource,
  parts: BuildParts,
): Promise<GitFacts | undefined> {
  try {
    return await gitFacts(context, parts.env, parts.signal)
  } catch (error) {
    if (!isFailure(error, toolsErrors.SOURCE_UNREADABLE) || !stated.commit) throw error
    const message = `No git here: commit ${stated.commit} is taken on trust.`
    parts.onStep({ kind: 'warning', code: 'SOURCE_UNCHECKED', message })
    return undefined
  }
}

function aboutThis(job: CiFacts, stated: StatedSource): boolean {
  return !stated.commit || !job.commit || job.commit.toLowerCase().startsWith(stated.commit)
}

function agreedCommit(git: GitFacts | undefined, claimed: string | undefined, where: string): string {
  const commit = git?.commit ?? claimed ?? ''
  if (git && claimed && !(claimed.length >= 7 && git.commit.startsWith(claimed.toLowerCase())))
    throw fail(pipelineErrors.SOURCE_MISMATCH, {
      message: `Found ${git.commit} checked out, expected ${claimed}.`,
      where,
    })
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit))
    throw fail(pipelineErrors.SOURCE_UNKNOWN, {
      message: `Found commit "${commit}", expected all 40 hex digits of one.`,
      where,
    })
  return commit
}

interface Witnesses {
  readonly job: CiFacts | undefined
  /** What the job says, when it is about this source. */
  readonly claims: CiFacts | undefined
  readonly git: GitFacts | undefined
}

function refAndEvent(stated: StatedSource, { job, claims, git }: Witnesses, where: string) {
  // A job about a pull request makes none but those, unless it says itself that this source is another one.
  const isPullRequest = stated.pullRequest !== undefined || job?.event === 'pull-request'
  const event = stated.event ?? (isPullRequest ? 'pull-request' : (claims?.event ?? 'manual'))
  if (claims?.event === 'pull-request' && event !== 'pull-request')
    throw fail(pipelineErrors.SOURCE_MISMATCH, {
      message: `Found the event ${event} stated, but ${claims.system} says that this is a pull request.`,
      where,
    })
  const ref = stated.ref ?? claims?.ref ?? git?.ref ?? 'HEAD'
  const kind = event === 'tag' ? 'tags' : 'heads'
  return { ref: ref === 'HEAD' || ref.startsWith('refs/') ? ref : `refs/${kind}/${ref}`, event }
}

// What eleven octal digits of a tar header hold: until the year 2242.
const LAST_EPOCH = 8 ** 11 - 1

function epochOf(stated: string | undefined, git: GitFacts | undefined): number {
  const committed = git ? Date.parse(git.committedOn) / 1000 : 0
  if (!stated) return Math.min(Math.max(committed, 0), LAST_EPOCH)
  if (/^\d{1,10}$/.test(stated) && Number(stated) <= LAST_EPOCH) return Number(stated)
  throw fail(pipelineErrors.BUILD_INVALID, {
    message: `Found "${stated.slice(0, 40)}", expected seconds since 1970, at most ${LAST_EPOCH}.`,
    where: 'SOURCE_DATE_EPOCH',
  })
}

/** package.json's version, when there is one: the version a release will carry. */
async function packageVersion(context: string): Promise<string | undefined> {
  const path = resolve(context, 'package.json')
  const bytes = await readFile(path).catch(() => undefined)
  if (!bytes || bytes.length > limits.configFileBytes) return undefined
  const json = parseJson(bytes, path)
  return isObject(json) && typeof json.version === 'string' ? json.version : undefined
}
