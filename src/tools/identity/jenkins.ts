import * as z from 'zod'
import { sourceUrl } from '../source-url.ts'
import { bare, COMMIT, given, optionalClaim } from './token-reading.ts'
import type { TokenFacts, TokenReading } from './token-reading.ts'

// The plugin writes build_number; the others are claim templates that an administrator adds.
const tokenClaims = z.object({
  build_number: optionalClaim,
  git_url: optionalClaim,
  git_commit: optionalClaim,
  branch_name: optionalClaim,
  tag_name: optionalClaim,
  change_id: optionalClaim,
})
type Claims = z.infer<typeof tokenClaims>

/** Jenkins with the plugin oidc-provider. */
export const jenkinsToken: TokenReading = {
  issuers: ({ JENKINS_URL: server }, { issuer }) => {
    if (issuer) return [issuer]
    return server ? [`${bare(server)}/oidc`] : []
  },
  read: ({ subject, claims }) => {
    const read = tokenClaims.safeParse(claims).data
    if (!read) return undefined
    const commit = set(read.git_commit)
    const job = URL.canParse(subject) ? subject : undefined
    const number = set(read.build_number)
    return {
      claims: given(read),
      facts: given({
        source: sourceUrl(set(read.git_url) ?? ''),
        commit: commit && COMMIT.test(commit) ? commit : undefined,
        ...refAndEvent(read),
        builderId: job,
        invocation: job && number && `${bare(job)}/${number}/`,
      }),
    }
  },
}

/** Only when all three templates are there: without change_id a pull request looks like a branch called PR-7. */
function refAndEvent({ branch_name: branch, tag_name: tag, change_id: change }: Claims): TokenFacts {
  if (branch === undefined || tag === undefined || change === undefined) return {}
  const [pullRequest, tagName, name] = [set(change), set(tag), set(branch)]
  if (pullRequest) return { ref: `refs/pull/${pullRequest}/merge`, event: 'pull-request', pullRequest }
  if (tagName) return { ref: `refs/tags/${tagName}`, event: 'tag' }
  return name ? { ref: `refs/heads/${name}` } : {}
}

/** The plugin leaves `${NAME}` where a build has no such variable. */
function set(value: string | undefined): string | undefined {
  return value?.startsWith('${') ? undefined : value
}
