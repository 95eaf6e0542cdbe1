import * as z from 'zod'
import type { CiEvent } from '../ci-facts.ts'
import { sourceUrl } from '../source-url.ts'
import { bare, claim, COMMIT, given, optionalClaim } from './token-reading.ts'
import type { TokenReading } from './token-reading.ts'

const tokenClaims = z.object({
  project_path: claim,
  sha: claim.pipe(z.string().regex(COMMIT)),
  ref: claim,
  ref_type: claim,
  ref_path: optionalClaim,
  ref_protected: optionalClaim,
  pipeline_source: claim,
  pipeline_id: claim,
  job_id: claim,
  runner_id: optionalClaim,
  runner_environment: optionalClaim,
  user_login: optionalClaim,
  user_email: optionalClaim,
})

/** GitLab, of any server: a job with `id_tokens`. */
export const gitlabToken: TokenReading = {
  issuers: ({ CI_SERVER_URL: server }, { issuer }) => {
    if (issuer) return [issuer]
    return server ? [bare(server)] : []
  },
  read: ({ issuer, claims }, env) => {
    const read = tokenClaims.safeParse(claims).data
    if (!read) return undefined
    // A server may publish its keys elsewhere; then waybill.yaml names that issuer.
    const server = env.CI_SERVER_URL && issuer !== bare(env.CI_SERVER_URL) ? bare(env.CI_SERVER_URL) : issuer
    const source = sourceUrl(`${server}/${read.project_path}`)
    const event = eventOf(read.pipeline_source, read.ref_type)
    return {
      claims: given(read),
      facts: given({
        source,
        commit: read.sha,
        // In merge requests the token names the branch they come from, which may be called main in a fork.
        ref: event === 'pull-request' ? undefined : refOf(read),
        event,
        builderId: read.runner_id && `${source}/-/runners/${read.runner_id}`,
        invocation: `${source}/-/jobs/${read.job_id}`,
      }),
    }
  },
}

function refOf({ ref_path: path, ref_type: type, ref }: z.infer<typeof tokenClaims>): string {
  return path ?? `refs/${type === 'tag' ? 'tags' : 'heads'}/${ref}`
}

/** undefined for pipelines that others start: of a child of a merge request the token does not tell. */
function eventOf(cause: string, type: string): CiEvent | undefined {
  if (cause === 'merge_request_event' || cause === 'external_pull_request_event') return 'pull-request'
  if (cause === 'push') return type === 'tag' ? 'tag' : 'push'
  if (cause === 'schedule') return 'schedule'
  return ['web', 'webide', 'api', 'trigger', 'chat'].includes(cause) ? 'manual' : undefined
}
