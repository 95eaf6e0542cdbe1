import * as z from 'zod'

/**
 * Name of the extension field by which Waybill says, inside SLSA provenance, which facts a token of the CI system
 * vouches for (in-toto attestation spec v1, "extension fields": a property whose name is a TypeURI).
 */
export const CI_IDENTITY = 'https://waybill.dev/ci-identity/v1'

/** Facts of a build that a token can vouch for. */
const vouchedFacts = ['source', 'commit', 'ref', 'event', 'builder', 'run'] as const
export type VouchedFact = (typeof vouchedFacts)[number]

const text = z.string().min(1).max(2000)

/** The extension field's value. `verified: false` = everything is the job's own claim. */
export const ciIdentity = z.discriminatedUnion('verified', [
  z.object({ verified: z.literal(false), system: text.optional() }),
  z.object({
    verified: z.literal(true),
    system: text,
    /** `iss` of the token; its keys were fetched from there. */
    issuer: text,
    /** `sub` and `aud` of the token. */
    subject: text,
    audience: text,
    /** What the token vouches for, as the provenance states it. */
    facts: z.array(z.enum(vouchedFacts)),
    /** The claims that were read, as text. */
    claims: z.record(z.string(), text),
  }),
])
export type CiIdentity = z.infer<typeof ciIdentity>

/** Who vouches for which facts of a build, as people and JSON see it. What nobody vouches for is a claim of whoever built. */
export interface Vouched {
  readonly verified: boolean
  readonly issuer?: string
  readonly facts: readonly VouchedFact[]
}

export function vouchedBy(issuer: string | undefined, facts: readonly VouchedFact[]): Vouched {
  return issuer === undefined ? { verified: false, facts: [] } : { verified: true, issuer, facts }
}

/** The identity that a provenance predicate states; undefined when it states none, or one nobody can read. */
export function ciIdentityIn(predicate: unknown): CiIdentity | undefined {
  return ciIdentity.safeParse((predicate as Readonly<Record<string, unknown>> | undefined)?.[CI_IDENTITY])
    .data
}

/**
 * Does an issuer speak for a repository, by where CI systems are known to be? Anybody can run an issuer, and each vouches
 * for what is its own: without this one could vouch for another's repositories. On a server of its own an issuer is at the
 * address that all its repositories are below (GitLab), or at GitHub Enterprise's one path: who may publish files there
 * is no issuer.
 */
export function speaksFor(issuer: string, source: string): boolean {
  if (!URL.canParse(issuer) || !URL.canParse(source)) return false
  const [{ host }, { host: of, origin, href }] = [new URL(issuer), new URL(source)]
  if (host === 'token.actions.githubusercontent.com') return of === 'github.com'
  if (host === 'vstoken.dev.azure.com') return of === 'dev.azure.com' || of.endsWith('.visualstudio.com')
  if (of.endsWith('.ghe.com')) return issuer === `https://token.actions.${of}`
  return href.startsWith(`${issuer}/`) || issuer === `${origin}/_services/token`
}
