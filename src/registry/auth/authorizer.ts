import type { Challenge } from './challenge.ts'
import { basic } from './credentials.ts'
import type { Credential, CredentialSource, SendExchange } from './credentials.ts'
import { HeldTokens } from './held-tokens.ts'
import { parseRealm, realmMoved } from './realm.ts'
import { bareScopes, covers, demanded, formatScope, neededFirst } from './scope.ts'
import type { Scope } from './scope.ts'
import { fetchToken } from './token.ts'
import type { Token } from './token.ts'

/** What a request must be allowed to do, and what the same token had better allow as well. */
export interface Access {
  /** The first scope is the repository the request is about: its credentials are used. */
  readonly needs: readonly [Scope, ...Scope[]]
  readonly wants: readonly Scope[]
}

export interface AuthorizerOptions {
  readonly registry: URL
  readonly credentials: CredentialSource | undefined
  readonly plainHttp: ReadonlySet<string>
  readonly send: SendExchange
  /** What `onChallenge` gave in an earlier run: the first request already carries its token. */
  readonly remembered?: Challenge | undefined
  /** A challenge worth remembering: scheme, realm and service, nothing secret. */
  readonly onChallenge?: ((challenge: Challenge) => void) | undefined
}

/** Knows how one registry wants to be asked, and keeps its tokens: one for everything where that is possible. */
export class Authorizer {
  readonly #options: AuthorizerOptions
  #tokens = new HeldTokens()
  /** Refresh tokens that a token server gave us, by the credential they stand for. */
  readonly #refresh = new Map<string, string>()
  #challenge: Challenge | undefined
  #realm: URL | undefined
  /** The host that got this registry's credentials before. */
  #trusted: string | undefined
  /** False while the challenge is only remembered. */
  #confirmed = false
  /** Tokens for more than one repository are refused here, or cut down to one. */
  #narrow = false
  #bare: readonly string[] = []

  constructor(options: AuthorizerOptions) {
    this.#options = options
    this.#recall(options.remembered)
  }

  /** The Authorization header for a request, as far as the registry's wishes are known. @throws CREDENTIALS_FAILED */
  async header(access: Access): Promise<string | undefined> {
    const challenge = this.#challenge
    if (!challenge) return undefined
    const credential = await this.credential(access)
    const confirmed = this.#confirmed
    try {
      return await this.#headerFor(access, credential)
    } catch (error) {
      if (confirmed) throw error
      // What was remembered does not hold any more: let the registry say it again.
      if (this.#challenge === challenge) this.#challenge = undefined
      return undefined
    }
  }

  /**
   * After a 401 or 403: learns the challenge, and gives a header to try once more.
   * undefined = nothing better to offer. @throws CREDENTIALS_FAILED
   */
  async challenged(
    access: Access,
    challenges: readonly Challenge[],
    failed: string | undefined,
  ): Promise<string | undefined> {
    const usable = usableOf(challenges)
    if (usable) this.#learn(usable)
    if (!this.#challenge) return undefined
    if (failed === undefined) return this.header(access)
    const credential = await this.credential(access, this.#challenge.scheme === 'basic')
    if (this.#challenge.scheme === 'bearer' && credential?.kind !== 'bearer') this.#realmFor(credential)
    const again = await this.#headerAfter(failed, access, credential, usable?.parameters ?? {})
    return again === failed ? undefined : again
  }

  credential(access: Access, renew = false): Promise<Credential | undefined> {
    const { credentials, send } = this.#options
    if (!credentials) return Promise.resolve(undefined)
    return credentials.credentialFor(access.needs[0].repository, { renew, send })
  }

  #headerFor(access: Access, credential: Credential | undefined): Promise<string | undefined> {
    if (this.#challenge?.scheme === 'bearer' && credential?.kind !== 'bearer')
      return this.#bearer(access, credential)
    return Promise.resolve(ready(this.#challenge, credential))
  }

  /** What to try after `failed` was refused: a token for exactly what the registry demanded, new credentials. */
  async #headerAfter(
    failed: string,
    access: Access,
    credential: Credential | undefined,
    { scope, error }: Challenge['parameters'],
  ): Promise<string | undefined> {
    if (this.#challenge?.scheme !== 'bearer' || credential?.kind === 'bearer')
      return ready(this.#challenge, credential)
    const exact = demanded(access.needs, scope)
    const outlook = this.#tokens.refused(failed, exact, error === 'invalid_token')
    if (outlook === 'final') return undefined
    if (outlook === 'narrow') this.#narrow = true
    return this.#token(exact, exact, credential)
  }

  async #bearer(access: Access, credential: Credential | undefined): Promise<string | undefined> {
    const token = await this.#widest(access, credential)
    if (token || !credential) return token
    const renewed = await this.credential(access, true)
    const changed = JSON.stringify(renewed) !== JSON.stringify(credential)
    return changed ? this.#widest(access, renewed) : undefined
  }

  /** A token for all that is wanted; for all in this repository; for what this request needs in it. */
  async #widest(access: Access, credential: Credential | undefined): Promise<string | undefined> {
    const [first] = access.needs
    const own = access.wants.filter(({ repository }) => repository.name === first.repository.name)
    const wide = this.#narrow ? undefined : neededFirst(access.wants, access.needs)
    const token = wide && (await this.#token(access.needs, wide, credential))
    if (token) return token
    const narrow =
      (covers(own, [first]) ? await this.#token([first], own, credential) : undefined) ??
      (await this.#token([first], [first], credential))
    if (narrow && wide && wide.length > 1) this.#narrow = true
    return narrow
  }

  #token(needed: readonly Scope[], asked: readonly Scope[], credential: Credential | undefined) {
    const holder = JSON.stringify(credential ?? null)
    return this.#tokens.header(holder, needed, asked, () => this.#fetch(holder, asked, credential))
  }

  async #fetch(
    holder: string,
    scopes: readonly Scope[],
    credential: Credential | undefined,
  ): Promise<Token | undefined> {
    const realm = this.#realmFor(credential)
    if (!realm) return undefined
    const service = this.#challenge?.parameters.service
    const asked = { realm, service, scopes: [...scopes.map(formatScope), ...this.#bare] }
    const { send } = this.#options
    const refresh = this.#refresh.get(holder)
    this.#refresh.delete(holder)
    const again: Credential = { kind: 'identity', username: '', token: refresh ?? '' }
    const renewed = refresh ? await fetchToken(send, { ...asked, credential: again }) : undefined
    const token = renewed ?? (await fetchToken(send, { ...asked, credential }))
    const next = token?.refresh ?? (renewed && refresh)
    if (next) this.#refresh.set(holder, next)
    return token
  }

  /** Where to ask for tokens. Secrets go only where they went before, or to the registry's own host. */
  #realmFor(credential: Credential | undefined): URL | undefined {
    const realm = this.#realm
    if (!realm || !credential || realm.host === this.#options.registry.host) return realm
    if (this.#trusted && this.#trusted !== realm.host)
      throw realmMoved(this.#options.registry, this.#trusted, realm)
    return realm
  }

  #recall(remembered: Challenge | undefined): void {
    const { registry, plainHttp } = this.#options
    if (remembered?.scheme === 'basic') this.#challenge = remembered
    if (remembered?.scheme !== 'bearer') return
    try {
      this.#realm = parseRealm(remembered.parameters.realm, registry, plainHttp)
    } catch {
      return // A memory that is not safe is no memory.
    }
    this.#trusted = this.#realm.host
    this.#challenge = remembered
  }

  /** What one token server gave or refused says nothing about another. */
  #enter(realm: URL): void {
    if (this.#realm?.href !== realm.href) this.#tokens = new HeldTokens()
    this.#realm = realm
  }

  #learn(challenge: Challenge): void {
    const { registry, plainHttp, onChallenge } = this.#options
    const { realm, service, scope } = challenge.parameters
    if (challenge.scheme === 'bearer') this.#enter(parseRealm(realm, registry, plainHttp))
    this.#bare = bareScopes(scope)
    const { scheme } = challenge
    const known = this.#challenge ?? this.#options.remembered
    const learned = { scheme, parameters: { ...(realm && { realm }), ...(service && { service }) } }
    this.#challenge = learned
    this.#confirmed = true
    const host = scheme === 'bearer' ? this.#realm?.host : this.#trusted
    if (this.#trusted && host !== this.#trusted && host !== registry.host) return
    this.#trusted = host
    if (JSON.stringify(known) !== JSON.stringify(learned)) onChallenge?.(learned)
  }
}

/** The strongest challenge that can be met: a token server that is named, then a password. */
function usableOf(challenges: readonly Challenge[]): Challenge | undefined {
  const bearer = challenges.filter(({ scheme }) => scheme === 'bearer')
  const named = bearer.find(({ parameters }) => parameters.realm !== undefined)
  return named ?? challenges.find(({ scheme }) => scheme === 'basic') ?? bearer[0]
}

/** The header that a credential is by itself, without a token server. */
function ready(challenge: Challenge | undefined, credential: Credential | undefined): string | undefined {
  if (challenge?.scheme === 'bearer')
    return credential?.kind === 'bearer' ? `Bearer ${credential.token}` : undefined
  return credential?.kind === 'basic' ? basic(credential.username, credential.password) : undefined
}
