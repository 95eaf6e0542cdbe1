import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { json, Refusal, refusalAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { gateFor } from './auth.ts'
import { dispatch } from './dispatch.ts'
import { exchangeOf } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { KeyedLock } from './keyed-lock.ts'
import type { Fault, RegistryOptions } from './options.ts'
import type { Parts } from './parts.ts'
import { routeOf } from './router.ts'
import { send } from './send.ts'
import type { Disk } from './storage/disk.ts'
import { answerToken } from './token-endpoint.ts'
import { Tokens } from './tokens.ts'

/** Answers one HTTP request, whatever happens. Never throws. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Puts the registry's parts together around its directory. */
export function responder(options: RegistryOptions, disk: Disk, now: () => Date): Respond {
  const handle = handlerFor(options, disk, now)
  return async (request, response) => {
    const exchange = exchangeOf(request)
    const asked = { method: exchange.method, path: request.url ?? '/' }
    let status = 500
    let sent = 0
    try {
      const fault = options.onAnswer?.(asked) ?? {}
      if (fault.delay !== undefined) await sleep(fault.delay)
      const answer = withFault(
        isReplaced(fault) ? { status: 200, headers: {} } : await handle(exchange),
        fault,
      )
      status = answer.status
      sent = await send(response, answer, fault, exchange.method === 'HEAD')
    } catch {
      // The client is gone, or a file vanished half-way: cutting the connection is the only honest answer left.
      response.destroy()
    }
    options.onRequest?.({ ...asked, status, bytes: exchange.received() + sent })
  }
}

function handlerFor(
  options: RegistryOptions,
  disk: Disk,
  now: () => Date,
): (exchange: Exchange) => Promise<Answer> {
  const { auth } = options
  const tokens = new Tokens(now)
  const gate = gateFor(auth, tokens)
  const parts: Parts = {
    ...disk,
    locks: new KeyedLock(),
    referrersApi: options.referrersApi ?? true,
    sparse: options.sparse ?? false,
  }
  return async (exchange) => {
    try {
      const route = routeOf(exchange.path)
      const caller = gate(route, exchange.method, exchange.headers)
      if (route.kind === 'token' && auth?.kind === 'bearer')
        return await answerToken(auth, tokens, exchange, now())
      return await dispatch({ parts, exchange, caller }, route)
    } catch (error) {
      return error instanceof Refusal ? refusalAnswer(error) : defectAnswer(error)
    }
  }
}

function isReplaced(fault: Fault): boolean {
  return fault.status !== undefined || fault.body !== undefined
}

function withFault(answer: Answer, fault: Fault): Answer {
  return {
    ...answer,
    ...(fault.status !== undefined && { status: fault.status }),
    ...(fault.body !== undefined && { body: Buffer.from(fault.body) }),
    headers: { ...answer.headers, ...fault.headers },
  }
}

// The message may name files on this machine, so only the system's short code goes out (ENOSPC, EACCES).
function defectAnswer(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error'
  const message = `the registry could not finish this request (${code})`
  return json(code === 'ENOSPC' ? 507 : 500, { errors: [{ code: 'UNKNOWN', message }] })
}
