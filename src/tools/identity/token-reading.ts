import * as z from 'zod'
import type { CiFacts } from '../ci-facts.ts'
import type { IdentitySettings } from './settings.ts'
import type { VerifiedToken } from './verify-token.ts'

/** Facts of a build that a token can vouch for. */
export type TokenFacts = Partial<Omit<CiFacts, 'system' | 'actor'>>

/** What one CI system puts into its tokens. */
export interface TokenReading {
  /** Who may have signed a token of this job. Empty = it is not known. */
  readonly issuers: (env: NodeJS.ProcessEnv, settings: IdentitySettings) => readonly string[]
  /** When the CI system lets nobody choose. */
  readonly audience?: string
  /** The claims that are used, as text, and what they say. undefined = claims are missing that are always there. */
  readonly read: (token: VerifiedToken, env: NodeJS.ProcessEnv) => TokenClaims | undefined
}

export interface TokenClaims {
  readonly claims: Readonly<Record<string, string>>
  readonly facts: TokenFacts
}

/** One claim. GitLab and Jenkins write some numbers as numbers. */
export const claim = z
  .union([z.string(), z.int(), z.boolean()])
  .transform(String)
  .pipe(z.string().min(1).max(2000))

/** One that may be missing. Of a form that nobody expects it is as good as missing: what it says stays a claim of the job. */
export const optionalClaim = claim.optional().catch(undefined)

export const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** The address as an issuer is written: no slash at its end. */
export function bare(address: string): string {
  return address.replace(/\/+$/, '')
}

export function given<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never
}
