import { ask } from '../base/ask.ts'
import type { ServiceAnswer } from '../base/ask.ts'
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
 * Asks a change-management system about one ticket: one GET, 4 MiB and 15 seconds at most. An answer that cannot be had
 * is a value.
 */
export async function askChangeTicket(request: TicketRequest): Promise<TicketAnswer> {
  const { url, ticket, authorization, signal, timeout = TIMEOUT } = request
  const address = url.replaceAll('{ticket}', encodeURIComponent(ticket))
  const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) }
  try {
    return read(await ask({ url: address, headers, patience: timeout, signal }), new URL(address).host)
  } catch (error) {
    signal.throwIfAborted()
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    return { problem: isLate ? `no answer within ${timeout / 1000} seconds` : reasonOf(error) }
  }
}

function read({ status, body }: ServiceAnswer, host: string): TicketAnswer {
  if (status === 404) return { absent: true }
  if (status >= 300 && status < 400)
    return { problem: `${host} answered ${status}, a redirect, which is not followed` }
  if (status !== 200) return { problem: `${host} answered ${status}` }
  return body
    ? { answer: parseJson(body, host) }
    : { problem: `the answer has more than ${limits.answerBytes} bytes` }
}

// The cause, not the message: a message of fetch may repeat a header.
function reasonOf(error: unknown): string {
  if (isFailure(error)) return printableLine(error.message.replace(/\.$/, ''), 120)
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
  return code ? `the connection failed (${printableLine(code, 40)})` : 'the connection failed'
}
