import * as z from 'zod'
import { sourceUrl } from '../source-url.ts'
import { COMMIT, given, optionalClaim } from './token-reading.ts'
import type { TokenReading } from './token-reading.ts'

// A pipeline's own token has all of them; a service connection's names the connection only.
const tokenClaims = z.object({
  org_id: optionalClaim,
  prj_id: optionalClaim,
  def_id: optionalClaim,
  rpo_id: optionalClaim,
  rpo_uri: optionalClaim,
  rpo_ver: optionalClaim,
  rpo_ref: optionalClaim,
  run_id: optionalClaim,
})

/** Azure Pipelines. What started the run is not in the token; a pull request shows in its ref. */
export const azureToken: TokenReading = {
  audience: 'api://AzureADTokenExchange',
  issuers: ({ SYSTEM_COLLECTIONID: organisation, AZURESUBSCRIPTION_TENANT_ID: tenant }, settings) => {
    if (settings.issuer) return [settings.issuer]
    const own = organisation ? [`https://vstoken.dev.azure.com/${organisation}`] : []
    // Connections made since November 2025 have tokens of Entra.
    const connection =
      settings.serviceConnection && tenant ? [`https://login.microsoftonline.com/${tenant}/v2.0`] : []
    return [...own, ...connection]
  },
  read: ({ subject, claims }) => {
    const read = tokenClaims.safeParse(claims).data
    if (!read) return undefined
    const { rpo_uri: repository, rpo_ver: commit = '', rpo_ref: ref, def_id: definition, run_id: run } = read
    const project = projectOf(subject)
    const isPullRequest = ref?.startsWith('refs/pull/')
    return {
      claims: given(read),
      facts: given({
        source: repository === undefined ? undefined : sourceUrl(repository),
        commit: COMMIT.test(commit) ? commit : undefined,
        ref,
        event: isPullRequest ? ('pull-request' as const) : undefined,
        pullRequest: /^refs\/pull\/(\d+)\//.exec(ref ?? '')?.[1],
        builderId: project && definition && `${project}/_build?definitionId=${definition}`,
        invocation: project && run && `${project}/_build/results?buildId=${run}`,
      }),
    }
  },
}

/** `p://organisation/project/pipeline` → the project's address. */
function projectOf(subject: string): string | undefined {
  const [, organisation, project] = /^p:\/\/([^/]+)\/([^/]+)\/./.exec(subject) ?? []
  if (organisation === undefined || project === undefined) return undefined
  return `https://dev.azure.com/${encodeURIComponent(organisation)}/${encodeURIComponent(plain(project))}`
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
