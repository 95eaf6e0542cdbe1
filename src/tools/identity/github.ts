import * as z from 'zod'
import { githubEvent } from '../ci-github.ts'
import { sourceUrl } from '../source-url.ts'
import { bare, claim, COMMIT, given, optionalClaim } from './token-reading.ts'
import type { TokenReading } from './token-reading.ts'

const PUBLIC = 'https://token.actions.githubusercontent.com'

// All that actions/attest asks for, and two more that gates ask about.
const tokenClaims = z.object({
  repository: claim,
  repository_id: claim,
  repository_owner_id: claim,
  ref: claim,
  sha: claim.pipe(z.string().regex(COMMIT)),
  event_name: claim,
  workflow_ref: claim,
  job_workflow_ref: claim,
  run_id: claim,
  run_attempt: claim,
  runner_environment: claim,
  ref_protected: optionalClaim,
  actor: optionalClaim,
})

/** GitHub Actions: github.com, GitHub Enterprise Cloud with data residency (ghe.com), and Enterprise Server. */
export const githubToken: TokenReading = {
  issuers: ({ GITHUB_SERVER_URL: server }, { issuer }) => [
    issuer ?? issuerOf(bare(server || 'https://github.com')),
  ],
  read: ({ issuer, claims }, env) => {
    const read = tokenClaims.safeParse(claims).data
    if (!read) return undefined
    const { repository, ref, event_name: event, run_id: run, run_attempt: attempt } = read
    const server = serverOf(issuer) ?? bare(env.GITHUB_SERVER_URL || 'https://github.com')
    const address = `${server}/${repository}`
    return {
      claims: given(read),
      facts: given({
        source: sourceUrl(address),
        commit: read.sha,
        ref,
        event: githubEvent(event, ref),
        pullRequest: /^refs\/pull\/(\d+)\//.exec(ref)?.[1],
        builderId: `${server}/${read.job_workflow_ref}`,
        invocation: `${address}/actions/runs/${run}/attempts/${attempt}`,
      }),
    }
  },
}

function issuerOf(server: string): string {
  const { host } = URL.canParse(server) ? new URL(server) : { host: '' }
  if (host === 'github.com') return PUBLIC
  return host.endsWith('.ghe.com') ? `https://token.actions.${host}` : `${server}/_services/token`
}

/** The server that an issuer speaks for, so that no variable can put another server's name on what it says. */
function serverOf(issuer: string): string | undefined {
  const { host, origin } = new URL(issuer)
  // An enterprise may have its name behind the address.
  if (host === new URL(PUBLIC).host) return 'https://github.com'
  if (/^token\.actions\.[^.]+\.ghe\.com$/.test(host)) return `https://${host.slice('token.actions.'.length)}`
  return issuer.endsWith('/_services/token') ? origin : undefined
}
