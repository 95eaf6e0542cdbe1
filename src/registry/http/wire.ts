import { defaultRetry, fail, retryAfter, retrying } from '../../base/index.ts'
import type { RetryOptions, WaybillError } from '../../base/index.ts'
import { Authorizer } from '../auth/authorizer.ts'
import type { Access } from '../auth/authorizer.ts'
import { parseChallenges } from '../auth/challenge.ts'
import type { CredentialSource } from '../auth/credentials.ts'
import { nameOf } from '../auth/credentials.ts'
import { registryErrors } from '../errors.ts'
import type { RegistryMemory } from '../memory/registry-memory.ts'
import { complaintOf, dump, held, refusal } from './answer.ts'
import type { Connections } from './connections.ts'
import type { Answer, Body, Exchange, Method } from './exchange.ts'
import type { ProxyVariables } from './proxy-choice.ts'
import { HostPressure } from './pressure.ts'
import { redirectTarget } from './redirect.ts'
import { tallyHere } from './request-tally.ts'
import { isOverload } from './slow-down.ts'
import { isStale } from './stale.ts'
import { underPressure } from './under-pressure.ts'

/** One request to a registry, before authorization, retries and redirects. */
export interface WireRequest {
  readonly method: Method
  readonly url: URL
  /** The registry's API origin; only this origin ever sees an Authorization header. */
  readonly origin: string
  readonly access: Access
  /** Statuses that are answers; everything else becomes an error. */
  readonly expect: readonly number[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Body
  /** Follow redirects, by hand and bounded. Only for reading. */
  readonly follow?: boolean
  /** False: a failure is the caller's to retry, because more than this request must be repeated. */
  readonly retry?: boolean
  /** Read the body too, up to so many bytes and a little more, so that one that breaks off is asked for again. */
  readonly whole?: number
  readonly signal?: AbortSignal | undefined
  /** Goes out although everything was told to end: it only tidies up. */
  readonly tidies?: boolean
  readonly patience?: number
  /** See `Exchange.bulk`: a body of a MiB or more. */
  readonly bulk?: boolean
}

export interface WireOptions {
  readonly credentials?: CredentialSource | undefined
  readonly plainHttp: ReadonlySet<string>
  readonly signal?: AbortSignal | undefined
  readonly userAgent: string
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY and their small forms. Default: no proxies. */
  readonly proxies?: ProxyVariables | undefined
  readonly retry: RetryOptions | undefined
  /** How registries wanted to be asked in earlier runs. */
  readonly memory: RegistryMemory
}

/** A host that turns some away while it serves others is asked again after so many first waits. */
const BUSY = 2

// A pool may hold several connections that the server has closed meanwhile.
const STALE_TRIES = 4

/** HTTP towards registries: connections, authorization, retries, redirects and the count of requests. */
export class Wire {
  readonly options: WireOptions
  readonly retry: RetryOptions
  requests = 0
  readonly #authorizers = new Map<string, Authorizer>()
  readonly #hosts = new Map<string, HostPressure>()
  #connections: Promise<Connections> | undefined

  constructor(options: WireOptions) {
    this.options = options
    this.retry = { ...(options.retry ?? defaultRetry), signal: options.signal }
  }

  /** @throws REGISTRY_UNREACHABLE, REGISTRY_DENIED, REGISTRY_FAILED, REGISTRY_REFUSED, REPOSITORY_MISSING, … */
  send(request: WireRequest): Promise<Answer> {
    if (request.retry === false) return this.#once(request)
    return retrying(() => this.#once(request), this.retry)
  }

  /** One request to a host that is no registry, as it is: no login, no retry, no redirect. */
  sendOut(given: Exchange): Promise<Answer> {
    return this.#exchange(given, given.url.origin, given.headers.authorization, false)
  }

  async close(): Promise<void> {
    const connections = await this.#connections
    connections?.close()
  }

  async #once(request: WireRequest): Promise<Answer> {
    const began = performance.now()
    const first = await this.#authorized(request)
    const answer = request.follow ? await this.#followed(request, first) : first
    if (request.expect.includes(answer.status))
      return request.whole === undefined ? answer : held(answer, request.whole)
    if (answer.status === 401 || answer.status === 403) throw await this.#denied(request, answer)
    const error = refusal(answer, request.method, await complaintOf(answer))
    // Others were served meanwhile: it is not broken, it has its hands full.
    if (isOverload(answer) && !retryAfter.has(error) && this.#host(answer.url).hasServedSince(began))
      retryAfter.set(error, this.retry.firstWait * BUSY)
    throw error
  }

  /** Optimistic first, then with what the registry asked for. */
  async #authorized(request: WireRequest): Promise<Answer> {
    if (request.url.origin !== request.origin) return this.#exchange(request, request.origin)
    const authorizer = this.#authorizer(request)
    let sent = await authorizer.header(request.access)
    let answer = await this.#exchange(request, request.origin, sent)
    // Without a token, with one for everything, with one for just this. 403: it was asked to do too much, or expired.
    for (let tries = 1; tries <= 2 && isDenied(answer, sent); tries++) {
      const challenges = await this.#challenges(request, answer)
      const better = await authorizer.challenged(request.access, challenges, sent)
      if (better === undefined) return answer
      await dump(answer)
      sent = better
      answer = await this.#exchange(request, request.origin, sent)
    }
    return answer
  }

  /** Some registries (GCR) challenge only at /v2/. */
  async #challenges(request: WireRequest, answer: Answer) {
    const challenges = parseChallenges(answer.headers('www-authenticate'))
    if (challenges.length > 0 || answer.status === 403) return challenges
    const url = new URL('/v2/', request.origin)
    const ping = await this.#exchange({ method: 'GET', url, signal: request.signal }, request.origin)
    await dump(ping)
    return parseChallenges(ping.headers('www-authenticate'))
  }

  async #followed(request: WireRequest, first: Answer): Promise<Answer> {
    let answer = first
    for (let hops = 1; ; hops++) {
      const url = redirectTarget(answer, hops)
      if (!url) return answer
      await dump(answer)
      answer = await this.#authorized({ ...request, url })
    }
  }

  /** Registries are asked in turn, token servers at once: everything else waits for the token. */
  async #exchange(
    request: Omit<Exchange, 'headers'> & Partial<Exchange> & Pick<WireRequest, 'tidies'>,
    origin: string,
    authorization?: string,
    inTurn = true,
  ): Promise<Answer> {
    const { options, retry } = this
    const ends = request.tidies ? undefined : options.signal
    const signals = [ends, request.signal].filter((signal) => signal !== undefined)
    const given: Exchange = {
      method: request.method,
      url: request.url,
      body: request.body,
      patience: request.patience,
      bulk: request.bulk,
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      headers: {
        'user-agent': options.userAgent,
        ...request.headers,
        ...(authorization && { authorization }),
      },
    }
    this.#connections ??= openConnections(options)
    const connections = await this.#connections
    // Asked here: the request itself may go out when somebody else's has ended.
    const tally = tallyHere()
    const send = (onEnd: () => void) => {
      this.requests++
      if (tally) tally.requests++
      return connections.exchange(given, new URL(origin), onEnd)
    }
    for (let tries = 1; ; tries++) {
      try {
        if (!inTurn) return await send(() => {})
        return await underPressure(this.#host(given.url), given, retry.longestWait, send)
      } catch (error) {
        if (tries === STALE_TRIES || !isStale(error)) throw error
      }
    }
  }

  #host({ origin }: URL): HostPressure {
    const host = this.#hosts.get(origin) ?? new HostPressure()
    this.#hosts.set(origin, host)
    return host
  }

  #authorizer({ origin, access }: Pick<WireRequest, 'origin' | 'access'>): Authorizer {
    const { credentials, plainHttp, memory } = this.options
    const known = this.#authorizers.get(origin)
    if (known) return known
    const send = (given: Exchange) => this.#exchange(given, origin, given.headers.authorization, false)
    const host = memory.host(access.needs[0].repository.registry)
    const fresh = new Authorizer({
      registry: new URL(origin),
      credentials,
      plainHttp,
      send,
      sendOut: (given) => this.sendOut(given),
      remembered: host.challenge,
      onChallenge: (challenge) => host.noteChallenge(challenge),
    })
    this.#authorizers.set(origin, fresh)
    return fresh
  }

  async #denied(request: WireRequest, answer: Answer): Promise<WaybillError> {
    const { text } = await complaintOf(answer)
    const own = answer.url.origin === request.origin
    const who = own ? nameOf(await this.#authorizer(request).credential(request.access)) : 'no credentials'
    const { actions } = request.access.needs[0]
    return fail(registryErrors.REGISTRY_DENIED, {
      message: `${answer.url.host} denied ${request.method} ${answer.url.pathname} (${answer.status}; needs ${actions.join(', ')}; asked with ${who}).${text && ` ${text}.`}`,
      where: answer.url.host,
      detail: { status: answer.status, host: answer.url.host },
    })
  }
}

function isDenied({ status }: Answer, sent: string | undefined): boolean {
  return status === 401 || (status === 403 && sent !== undefined)
}

/** HTTP is loaded with the first request: work on layouts does without. */
async function openConnections({ proxies = {}, plainHttp }: WireOptions): Promise<Connections> {
  const { Connections } = await import('./connections.ts')
  return new Connections({ proxies, trusted: plainHttp })
}
