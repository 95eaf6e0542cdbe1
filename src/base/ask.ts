import { limits } from './limits.ts'

/** One request to a service that is no registry. */
export interface Question {
  readonly url: URL | string
  /** GET without one. */
  readonly body?: Buffer<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for the whole answer. */
  readonly patience: number
  readonly signal?: AbortSignal | undefined
}

/** One answer, read whole. A redirect is an answer. */
export interface ServiceAnswer {
  readonly status: number
  /** undefined = longer than `limits.answerBytes`. */
  readonly body: Buffer | undefined
  readonly header: (name: string) => string | undefined
}

/**
 * Asks once, through the proxy that the environment names for the address. No redirect is followed: it could carry a
 * token elsewhere, or reach what only this machine can reach.
 * @throws what `fetch` throws: no connection, no answer in time (TimeoutError), cancelled
 */
export async function ask(question: Question): Promise<ServiceAnswer> {
  const { url, body, headers, patience, signal } = question
  await useProxies()
  const limit = AbortSignal.timeout(patience)
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body && { body }),
    redirect: 'manual',
    credentials: 'omit',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  })
  const { status } = response
  return { status, body: await bodyOf(response), header: (name) => response.headers.get(name) ?? undefined }
}

async function bodyOf({ body }: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limits.answerBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

let proxies: Promise<void> | undefined

/** Node's own proxies, as everywhere else: HTTPS_PROXY, HTTP_PROXY, NO_PROXY; never for loopback. Once a process. */
function useProxies(): Promise<void> {
  proxies ??= import('node:http').then(({ setGlobalProxyFromEnv }) => {
    const { NO_PROXY, no_proxy: spared = NO_PROXY } = process.env
    setGlobalProxyFromEnv({ ...process.env, no_proxy: [spared, LOOPBACK].filter(Boolean).join(',') })
  })
  return proxies
}

const LOOPBACK = 'localhost,127.0.0.1,::1,[::1]'
