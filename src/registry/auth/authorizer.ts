import { fail } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import type { Challenge } from './challenge.ts'
import { basic } from './credentials.ts'
import type { Credential, CredentialSource } from './credentials.ts'
import { covers, formatScope } from './scope.ts'
import type { Scope } from './scope.ts'
import { fetchToken, parseRealm } from './token.ts'
import type { SendExchange, Token } from './token.ts'

/** What a request must be allowed to do, and what the same token had better allow as well. */
export interface Access {
  /** The first scope is the repository the request is about: its credentials are used. */
  readonly needs: readonly [Scope, ...Scope[]]
  readonly wants: readonly Scope[]
}

interface HeldToken {
  readonly credential: string
  readonly scopes: readonly Scope[]
  readonly token: Promise<Token | undefined>
  /** Monotonic milliseconds; Infinity while it is being fetched. */
  expires: number
}

export interface AuthorizerOptions {
  readonly registry: URL
  readonly credentials: CredentialSource | undefined
  readonly plainHttp: ReadonlySet<string>
  readonly send: SendExchange
}

/** Knows how one registry wants to be asked, and keeps its tokens: one fetch per scope set, used until they expire. */
export class Authorizer {
  readonly #options: AuthorizerOptions
  #challenge: Challenge | undefined
  #realm: URL | undefined
  #held: HeldToken[] = []

  constructor(options: AuthorizerOptions) {
    this.#options = options
  }

  /** The Authorization header for a request, as far as the registry's wishes are known. */
  async header(access: Access): Promise<string | undefined> {
    if (!this.#challenge) return undefined
    const credential = await this.credential(access)
    if (this.#challenge.scheme === 'basic')
      return credential?.kind === 'basic' ? basic(credential.username, credential.password) : undefined
    if (credential?.kind === 'bearer') return `Bearer ${credential.token}`
    const token = await this.#token(access, credential)
    return token && `Bearer ${token.value}`
  }

  /**
   * After a 401: learns the challenge, forgets the token that failed, and gives a header to try once more.
   * undefined = nothing better to offer. @throws CREDENTIALS_FAILED
   */
  async challenged(
    access: Access,
    challenges: readonly Challenge[],
    failed: string | undefined,
  ): Promise<string | undefined> {
    const usable =
      challenges.find(({ scheme }) => scheme === 'bearer') ??
      challenges.find(({ scheme }) => scheme === 'basic')
    if (!usable) return undefined
    if (usable.scheme === 'bearer') this.#learnRealm(usable)
    this.#challenge = usable
    if (failed === undefined) return this.header(access)
    await this.#forget(failed)
    const again = await this.header({ needs: access.needs, wants: access.needs })
    return again === failed ? undefined : again
  }

  credential(access: Access): Promise<Credential | undefined> {
    const { credentials } = this.#options
    return credentials ? credentials.credentialFor(access.needs[0].repository) : Promise.resolve(undefined)
  }

  #learnRealm(challenge: Challenge): void {
    const { registry, plainHttp } = this.#options
    const realm = parseRealm(challenge.parameters.realm, registry, plainHttp)
    if (this.#realm && this.#realm.origin !== realm.origin) {
      throw fail(registryErrors.CREDENTIALS_FAILED, {
        message: `${registry.host} changed its token server from ${this.#realm.host} to ${realm.host} while in use.`,
        where: registry.host,
      })
    }
    this.#realm = realm
  }

  async #token(access: Access, credential: Credential | undefined): Promise<Token | undefined> {
    const key = JSON.stringify(credential ?? null)
    const now = performance.now()
    this.#held = this.#held.filter((held) => held.expires > now)
    const held = this.#held.find((one) => one.credential === key && covers(one.scopes, access.needs))
    if (held) return held.token
    const wide = await this.#fetch(key, access.wants, credential)
    if (wide || access.wants === access.needs) return wide
    return this.#fetch(key, access.needs, credential)
  }

  async #fetch(
    key: string,
    scopes: readonly Scope[],
    credential: Credential | undefined,
  ): Promise<Token | undefined> {
    const realm = this.#realm
    if (!realm) return undefined
    const service = this.#challenge?.parameters.service
    const asked = { realm, service, scopes: scopes.map(formatScope), credential }
    const held: HeldToken = {
      credential: key,
      scopes,
      token: fetchToken(this.#options.send, asked),
      expires: Infinity,
    }
    this.#held.push(held)
    const token = await held.token.catch((error: unknown) => {
      this.#drop(held)
      throw error
    })
    if (!token) this.#drop(held)
    // Renewed a little early, so that it does not run out on the way.
    else held.expires = performance.now() + token.lifetime * 1000 - Math.min(10_000, token.lifetime * 200)
    return token
  }

  async #forget(header: string): Promise<void> {
    for (const held of this.#held) {
      const token = await held.token.catch(() => undefined)
      if (token && `Bearer ${token.value}` === header) this.#drop(held)
    }
  }

  #drop(held: HeldToken): void {
    this.#held = this.#held.filter((one) => one !== held)
  }
}
