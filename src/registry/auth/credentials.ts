import type { Repository } from '../../oci/index.ts'
import type { Answer, Exchange } from '../http/exchange.ts'

/** How Waybill proves itself to one registry. Held in memory only; never logged. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token for the registry's token server (docker `identitytoken`). */
  | { readonly kind: 'identity'; readonly username: string; readonly token: string }
  /** A ready bearer token (docker `registrytoken`). */
  | { readonly kind: 'bearer'; readonly token: string }

/** Sends one HTTP request, without retries and redirects, and counts it. @throws REGISTRY_UNREACHABLE */
export type SendExchange = (exchange: Exchange) => Promise<Answer>

export interface CredentialRequest {
  /** What was given before was refused: fetch it again, if it can be fetched. */
  readonly renew?: boolean
  /** For sources that must ask a cloud. */
  readonly send: SendExchange
}

/** Where credentials come from. undefined = none known: go on without. Asked before every request: keep answers. */
export interface CredentialSource {
  /** @throws CREDENTIALS_FAILED */
  credentialFor(repository: Repository, how?: CredentialRequest): Promise<Credential | undefined>
}

/** Whom the credentials stand for, for messages: a user name at most. */
export function nameOf(credential: Credential | undefined): string {
  if (!credential) return 'no credentials'
  if (credential.kind === 'bearer') return 'a bearer token'
  return credential.username ? `user "${credential.username}"` : 'an identity token'
}

/** The value of an Authorization header with Basic credentials (RFC 7617). */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
