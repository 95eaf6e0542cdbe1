import { isFailure, limits, parseJson, printableLine } from '../base/index.ts'

/** One question about one ticket. */
export interface TicketRequest {
  /** Address with `{ticket}` in its path or query; its host was fixed by whoever wrote the configuration. */
  readonly url: string
  readonly ticket: string
  /** The whole `Authorization` header; undefined = none. */
  readonly authorization: string | undefined
  readonly signal: AbortSignal
  /** Milliseconds in all. */
  readonly timeout?: number
}

/** What the system said. `problem` is the end of a sentence. */
export type TicketAnswer =
  | { readonly answer: unknown }
  | { readonly absent: true }
  | { readonly problem: string }

const TIMEOUT = 15_000

/**
 * Asks a change-management system about one ticket: one GET, no redirects (they could carry the token elsewhere, or
 * reach what only this machine can reach), 4 MiB and 15 seconds at most. An answer that cannot be had is a value.
 */
export async function askChangeTicket(request: TicketRequest): Promise<TicketAnswer> {
  const { url, ticket, authorization, signal, timeout = TIMEOUT } = request
  const address = url.replaceAll('{ticket}', encodeURIComponent(ticket))
  const limit = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(address, {
      redirect: 'manual',
      credentials: 'omit',
      headers: { accept: 'application/json', ...(authorization !== undefined && { authorization }) },
      signal: AbortSignal.any([signal, limit]),
    })
    return await read(response, new URL(address).host)
  } catch (error) {
    signal.throwIfAborted()
    return { problem: limit.aborted ? `no answer within ${timeout / 1000} seconds` : reasonOf(error) }
  }
}

async function read(response: Response, host: string): Promise<TicketAnswer> {
  const { status } = response
  if (status === 200) {
    const bytes = await bodyOf(response)
    return bytes
      ? { answer: parseJson(bytes, host) }
      : { problem: `the answer has more than ${limits.answerBytes} bytes` }
  }
  await response.body?.cancel()
  if (status === 404) return { absent: true }
  if (status >= 300 && status < 400)
    return { problem: `${host} answered ${status}, a redirect, which is not followed` }
  return { problem: `${host} answered ${status}` }
}

/** undefined = it is too large. */
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

// The cause, not the message: a message of fetch may repeat a header.
function reasonOf(error: unknown): string {
  if (isFailure(error)) return printableLine(error.message.replace(/\.$/, ''), 120)
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
  return code ? `the connection failed (${printableLine(code, 40)})` : 'the connection failed'
}
