import { fail } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import { ciFacts } from '../ci.ts'
import type { CiFacts } from '../ci-facts.ts'
import { toolsErrors } from '../errors.ts'
import { azureToken } from './azure.ts'
import { githubToken } from './github.ts'
import { gitlabToken } from './gitlab.ts'
import { jenkinsToken } from './jenkins.ts'
import { jobToken } from './job-token.ts'
import { AUDIENCE } from './settings.ts'
import type { IdentitySettings } from './settings.ts'
import type { TokenFacts, TokenReading } from './token-reading.ts'
import { invalid, verifyToken } from './verify-token.ts'

/** Who a CI job is, by a token that its CI system signed and Waybill verified. */
export interface JobIdentity {
  readonly system: CiFacts['system']
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  /** The claims that facts were read from. */
  readonly claims: Readonly<Record<string, string>>
  /** What the token vouches for; anything else a job says remains its claim. */
  readonly facts: TokenFacts
}

export interface IdentityOrder {
  /** undefined = the defaults, and no warning when there is no token. */
  readonly settings: IdentitySettings | undefined
  readonly env: NodeJS.ProcessEnv
  readonly directory: string
  readonly now: Date
  readonly signal: AbortSignal
  readonly onStep: OnStep
}

const SYSTEMS: Readonly<Record<CiFacts['system'], TokenReading>> = {
  'azure-devops': azureToken,
  github: githubToken,
  gitlab: gitlabToken,
  jenkins: jenkinsToken,
}

/**
 * The verified identity of the CI job this process runs in; undefined when it has no token, or is in none.
 * @throws IDENTITY_INVALID, IDENTITY_UNREACHABLE, IDENTITY_MISSING when one is required
 */
export async function jobIdentity(order: IdentityOrder): Promise<JobIdentity | undefined> {
  const { env, now, signal, settings = { require: false } } = order
  const system = ciFacts(env)?.system
  const token = system && (await jobToken({ ...order, settings, system }))
  if (system === undefined || token === undefined) return withoutToken(order, system)
  const reading = SYSTEMS[system]
  const issuers = reading.issuers(env, settings)
  if (issuers.length === 0) throw invalid(system, 'nobody knows its issuer; name it under `identity`')
  const audience = settings.audience ?? reading.audience ?? AUDIENCE
  const verified = await verifyToken(token, { issuers, audience, now, signal })
  const { issuer, subject } = verified
  const read = reading.read(verified, env)
  if (!read) throw invalid(issuer, `it lacks claims that ${system} always makes`)
  return { system, issuer, subject, audience, ...read }
}

function withoutToken({ settings, onStep }: IdentityOrder, system: string | undefined): undefined {
  if (!settings) return undefined
  const message = system
    ? `This ${system} job has no identity token: its facts are claims.`
    : 'This is no CI job, so nothing but its own word says where the build comes from.'
  if (settings.require) throw fail(toolsErrors.IDENTITY_MISSING, { message, where: system ?? 'identity' })
  onStep({ kind: 'warning', code: 'IDENTITY_MISSING', message })
}
