import { isObject } from '../../base/index.ts'
import type { BuildEvent } from './build-facts.ts'
import type { BuildClaim } from './claim.ts'
import { stated } from './reading.ts'
import type { Reading } from './reading.ts'
import { gitUrl, sameSource } from './source.ts'

/**
 * GitLab's two forms: the runner's (`…/gitlab-runner/-/blob/<version>/PROVENANCE.md`, names of variables without
 * values) and the control plane's (`https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1`, with values).
 */
export const readGitLab: Reading = (claim) => {
  const config = isObject(claim.external['configSource']) ? claim.external['configSource'] : {}
  const source = text(claim.external['source']) ?? text(config['uri'])
  const commit = source === undefined ? undefined : commitIn(claim, source)
  if (source === undefined || commit === undefined) return undefined
  const variables = variablesIn(claim)
  const ref = refIn(variables)
  return {
    source: gitUrl(source),
    commit,
    ...stated({
      ref,
      event: eventIn(variables, ref),
      actor: value(variables, 'GITLAB_USER_EMAIL') ?? value(variables, 'GITLAB_USER_LOGIN'),
      isProtected: protectedIn(claim),
      runner: text(claim.internal['name']),
      workflow: text(claim.external['entryPoint']) ?? text(config['path']),
    }),
    understood: [
      'source',
      'entryPoint',
      'configSource.uri',
      'configSource.digest.sha256',
      'configSource.path',
      ...READ.map((name) => `variables.${name}`),
    ],
  }
}

const READ = [
  'CI_COMMIT_TAG',
  'CI_COMMIT_BRANCH',
  'CI_PIPELINE_SOURCE',
  'GITLAB_USER_EMAIL',
  'GITLAB_USER_LOGIN',
]

/** The runner states the commit as `sha256`, whatever its length. */
function commitIn({ dependencies, external }: BuildClaim, source: string): string | undefined {
  const config = isObject(external['configSource']) ? external['configSource'] : {}
  const own = dependencies.find(({ uri }) => uri !== undefined && sameSource(gitUrl(uri), source))?.digest
  const digest: Readonly<Record<string, unknown>> =
    own ?? (isObject(config['digest']) ? config['digest'] : {})
  const commit = text(digest['gitCommit']) ?? text(digest['sha1']) ?? text(digest['sha256'])
  return commit !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) ? commit : undefined
}

/** By name; the runner's form has every variable beside `source` (or in the v0.2 parameters), all empty. */
function variablesIn({ external }: BuildClaim): Readonly<Record<string, unknown>> {
  if (isObject(external['variables'])) return external['variables']
  return isObject(external['request']) ? external['request'] : external
}

function value(variables: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const found = text(variables[name])
  return found === '' || found === '[MASKED]' ? undefined : found
}

function refIn(variables: Readonly<Record<string, unknown>>): string | undefined {
  const tag = value(variables, 'CI_COMMIT_TAG')
  const branch = value(variables, 'CI_COMMIT_BRANCH')
  if (tag !== undefined) return `refs/tags/${tag}`
  return branch === undefined ? undefined : `refs/heads/${branch}`
}

const EVENTS: Readonly<Record<string, BuildEvent>> = {
  push: 'push',
  schedule: 'schedule',
  merge_request_event: 'pull-request',
  external_pull_request_event: 'pull-request',
  web: 'manual',
  webide: 'manual',
  api: 'manual',
  trigger: 'manual',
  chat: 'manual',
}

// A job's file can give any variable another value, but it cannot take away the names that GitLab sets in merge requests.
function eventIn(
  variables: Readonly<Record<string, unknown>>,
  ref: string | undefined,
): BuildEvent | undefined {
  const names = Object.keys(variables)
  if (names.some((name) => /^CI_(?:MERGE_REQUEST|EXTERNAL_PULL_REQUEST)_/.test(name))) return 'pull-request'
  const word = value(variables, 'CI_PIPELINE_SOURCE') ?? ''
  const event = Object.hasOwn(EVENTS, word) ? EVENTS[word] : undefined
  return event === 'push' && ref?.startsWith('refs/tags/') ? 'tag' : event
}

/** Claim `ref_protected` of GitLab's ID token, where whoever made the statement put it among the internal parameters. */
function protectedIn({ internal }: BuildClaim): boolean | undefined {
  const said = internal['ref_protected']
  if (said === true || said === 'true') return true
  return said === false || said === 'false' ? false : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
