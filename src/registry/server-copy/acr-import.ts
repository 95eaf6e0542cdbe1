import { isObject, Lasting, parseRetryAfter, parseSecretJson, pause } from '../../base/index.ts'
import { azureToken } from '../../cloud/index.ts'
import type { Incoming, Outgoing, Send } from '../../cloud/index.ts'
import { complaintIn, failed, refused } from './refused.ts'
import type { ImageShape, ServerCopy, ServerCopyOrder } from './server-copy.ts'
import type { AcrSettings } from './settings.ts'

const API_VERSION = '2023-07-01'
/** Below this an image is through our hands before Azure has begun: an import is a queued job. */
const WORTH_BYTES = 16 * 1024 * 1024
// Milliseconds between questions: what Azure asks for within these, and the middle when it asks for nothing.
const [SHORTEST, USUAL, LONGEST] = [200, 2000, 30_000]

export interface AzureAccess {
  readonly send: Send
  readonly env: NodeJS.ProcessEnv
}

/**
 * Azure Container Registry's `importImage` (REST API 2023-07-01): by digest, into a repository, under no tag. Between
 * two registries of Azure only: for any other source Azure would need its password.
 */
export class AcrImport implements ServerCopy {
  readonly service = 'acr'
  readonly wait: number
  readonly #to: AcrSettings
  /** Resource id of the source. */
  readonly #from: string
  readonly #access: AzureAccess
  readonly #tokens: Lasting<string>

  constructor(to: AcrSettings, from: string, access: AzureAccess, tokens: Lasting<string>) {
    this.wait = to.wait
    this.#to = to
    this.#from = from
    this.#access = access
    this.#tokens = tokens
  }

  isWorth({ blobs }: ImageShape): boolean {
    return [...blobs.values()].reduce((sum, size) => sum + size, 0) >= WORTH_BYTES
  }

  async bring({ source, destination, root, signal }: ServerCopyOrder): Promise<'done'> {
    const { management, resourceId } = this.#to
    const body = {
      source: { resourceId: this.#from, sourceImage: `${source.name}@${root.descriptor.digest}` },
      untaggedTargetRepositories: [destination.name],
      mode: 'NoForce',
    }
    const answer = await this.#ask({
      method: 'POST',
      url: new URL(`${management}${resourceId}/importImage?api-version=${API_VERSION}`),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      signal,
    })
    await this.#finished(answer, signal)
    return 'done'
  }

  /** Follows a long-running operation to its end (Azure Resource Manager, "Track asynchronous operations"). */
  async #finished(first: Incoming, signal: AbortSignal): Promise<void> {
    const { host } = new URL(this.#to.management)
    if (first.status !== 202) return ended(first, host)
    const url = this.#statusAddress(first)
    for (let answer = first; ;) {
      await pause(waitOf(answer), signal)
      answer = await this.#ask({ method: 'GET', url, headers: {}, signal })
      if (!isRunning(answer)) return ended(answer, host)
    }
  }

  /** The token goes there, so it must be on the host that was configured. */
  #statusAddress(answer: Incoming): URL {
    const { origin, host } = new URL(this.#to.management)
    const given = answer.header('azure-asyncoperation') ?? answer.header('location') ?? ''
    const url = URL.canParse(given, origin) ? new URL(given, origin) : undefined
    if (given && url?.origin === origin && !url.username && !url.password) return url
    throw failed(host, `${host} accepted the import, but does not say on its own host how it goes on.`)
  }

  async #ask(request: Outgoing): Promise<Incoming> {
    const token = await this.#token()
    const headers = { ...request.headers, authorization: `Bearer ${token}` }
    return this.#access.send({ ...request, headers })
  }

  async #token(): Promise<string> {
    const { env, send } = this.#access
    const { origin, host } = new URL(this.#to.management)
    const token = await this.#tokens.get(origin, false, async () => {
      const found = await azureToken(`${origin}/.default`, env, send)
      return { value: found?.token, lasts: (found?.seconds ?? 0) * 1000 }
    })
    if (token !== undefined) return token
    throw failed(host, `${host} needs an Azure identity, and this environment names none.`)
  }
}

function isRunning({ status, body }: Incoming): boolean {
  if (status === 202 || status === 429 || status >= 500) return true
  const state = status === 200 ? stateIn(body) : undefined
  return state !== undefined && !FINAL.has(state)
}

const FINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled'])

/** @throws SERVER_COPY_FAILED unless it is done */
function ended(answer: Incoming, host: string): void {
  if (![200, 201, 204].includes(answer.status)) throw refused(host, answer)
  const state = stateIn(answer.body)
  if (state === 'failed' || state === 'canceled')
    throw failed(host, `${host} says that the import ${state}${complaintIn(answer.body)}.`)
}

/** `status` of an operation; undefined in the answer of one that is over. */
function stateIn(body: Buffer | undefined): string | undefined {
  const json = body?.length ? parseSecretJson(body, 'status of an import') : undefined
  return isObject(json) && typeof json.status === 'string' ? json.status.toLowerCase() : undefined
}

function waitOf(answer: Incoming): number {
  const asked = parseRetryAfter(answer.header('retry-after'), new Date()) ?? USUAL
  return Math.min(Math.max(asked, SHORTEST), LONGEST)
}
