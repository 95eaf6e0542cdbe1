import type { Challenge } from './challenge.ts'
import { basic } from './credentials.ts'
import type { Credential, CredentialSource, SendExchange } from './credentials.ts'
import { parseRealm } from './realm.ts'
import { bareScopes, covers, demanded, neededFirst } from './scope.ts'
import type { Scope } from './scope.ts'
import { TokenServer } from './token-server.ts'

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
  /** The same for addresses that the environment names and not the registry. Default: `send`. */
  readonly sendOut?: SendExchange | undefined
  /** What `onChallenge` gave in an earlier run: the first request already carries its token. */
  readonly remembered?: Challenge | undefined
  /** A challenge worth remembering: scheme, realm and service, nothing secret. */
  readonly onChallenge?: ((challenge: Challenge) => void) | undefined
}

/** Knows how one registry wants to be asked, and keeps its tokens: one for everything where that is possible. */
export class Authorizer {
  readonly #options: AuthorizerOptions
  readonly #server: TokenServer
  #challenge: Challenge | undefined
  /** False while the challenge is only remembered. */
  #confirmed = false
  /** Tokens for more than one repository are refused here, or cut down to one. */
  #narrow = false
  #bare: readonly string[] = []

  constructor(options: AuthorizerOptions) {
    this.#options = options
    this.#server = new TokenServer(options.registry, options.send)
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
    if (this.#challenge.scheme === 'bearer' && credential?.kind !== 'bearer') this.#server.check(credential)
    const again = await this.#headerAfter(failed, access, credential, usable?.parameters ?? {})
    return again === failed ? undefined : again
  }

  credential(access: Access, renew = false): Promise<Credential | undefined> {
    const { credentials, send, sendOut = send } = this.#options
    if (!credentials) return Promise.resolve(undefined)
    return credentials.credentialFor(access.needs[0].repository, { renew, send: sendOut })
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
    const outlook = this.#server.refused(failed, exact, error === 'invalid_token')
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
    const wish = { needed, asked, bare: this.#bare, service: this.#challenge?.parameters.service }
    return this.#server.header(wish, credential)
  }

  #recall(remembered: Challenge | undefined): void {
    const { registry, plainHttp } = this.#options
    if (remembered?.scheme === 'basic') this.#challenge = remembered
    if (remembered?.scheme !== 'bearer') return
    try {
      this.#server.enter(parseRealm(remembered.parameters.realm, registry, plainHttp))
    } catch {
      return // A memory that is not safe is no memory.
    }
    this.#challenge = remembered
  }

  #learn({ scheme, parameters }: Challenge): void {
    const { registry, plainHttp, onChallenge } = this.#options
    const { realm, service, scope } = parameters
    const known = this.#challenge ?? this.#options.remembered
    const safe = scheme !== 'bearer' || this.#server.enter(parseRealm(realm, registry, plainHttp))
    this.#challenge = { scheme, parameters: { ...(realm && { realm }), ...(service && { service }) } }
    this.#confirmed = true
    this.#bare = bareScopes(scope)
    if (safe && JSON.stringify(known) !== JSON.stringify(this.#challenge)) onChallenge?.(this.#challenge)
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
