import type { Credential, SendExchange } from './credentials.ts'
import { HeldTokens } from './held-tokens.ts'
import { realmMoved } from './realm.ts'
import { formatScope } from './scope.ts'
import type { Scope } from './scope.ts'
import { fetchToken } from './token.ts'
import type { Token } from './token.ts'

/** What to ask for: `needed` must be allowed, `asked` is what a new token is fetched for. */
export interface TokenWish {
  readonly needed: readonly Scope[]
  readonly asked: readonly Scope[]
  /** Scopes that name no resource, added to every request. */
  readonly bare: readonly string[]
  readonly service: string | undefined
}

/** The token server of one registry: where it is, whether it may have credentials, and the tokens it gave. */
export class TokenServer {
  readonly #registry: URL
  readonly #send: SendExchange
  /** Refresh tokens it gave us, by the credential they stand for. */
  readonly #refresh = new Map<string, string>()
  #held = new HeldTokens()
  #realm: URL | undefined
  /** The host that got this registry's credentials before. */
  #trusted: string | undefined

  constructor(registry: URL, send: SendExchange) {
    this.#registry = registry
    this.#send = send
  }

  /** It is at this address now. True when it may have credentials there: the first one, the same host, or the registry's own. */
  enter(realm: URL): boolean {
    // What one address gave or refused says nothing about another.
    if (this.#realm?.href !== realm.href) this.#held = new HeldTokens()
    this.#realm = realm
    const { host } = realm
    const safe = this.#trusted === undefined || host === this.#trusted || host === this.#registry.host
    if (safe) this.#trusted = host
    return safe
  }

  /** @throws CREDENTIALS_FAILED when secrets would go to another host than before */
  check(credential: Credential | undefined): void {
    const [realm, trusted] = [this.#realm, this.#trusted]
    if (!credential || !realm || trusted === undefined) return
    if (realm.host !== trusted && realm.host !== this.#registry.host)
      throw realmMoved(this.#registry, trusted, realm)
  }

  /** The Authorization header of a token, held or new. undefined = refused. */
  header(wish: TokenWish, credential: Credential | undefined): Promise<string | undefined> {
    const holder = JSON.stringify(credential ?? null)
    const fetch = () => this.#fetch(holder, wish, credential)
    return this.#held.header(holder, wish.needed, wish.asked, fetch)
  }

  /** See HeldTokens.refused. */
  refused(header: string, needed: readonly Scope[], revoked: boolean): 'final' | 'narrow' | 'again' {
    return this.#held.refused(header, needed, revoked)
  }

  async #fetch(
    holder: string,
    { asked: wanted, bare, service }: TokenWish,
    credential: Credential | undefined,
  ): Promise<Token | undefined> {
    this.check(credential)
    if (!this.#realm) return undefined
    const asked = { realm: this.#realm, service, scopes: [...wanted.map(formatScope), ...bare] }
    const refresh = this.#refresh.get(holder)
    this.#refresh.delete(holder)
    const again: Credential = { kind: 'identity', username: '', token: refresh ?? '' }
    const renewed = refresh ? await fetchToken(this.#send, { ...asked, credential: again }) : undefined
    const token = renewed ?? (await fetchToken(this.#send, { ...asked, credential }))
    const next = token?.refresh ?? (renewed && refresh)
    if (next) this.#refresh.set(holder, next)
    return token
  }
}
