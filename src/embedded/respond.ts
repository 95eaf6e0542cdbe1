import type { IncomingMessage, ServerResponse } from 'node:http'
import { Cut, json, Refusal, refusalAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { gateFor } from './auth.ts'
import { dispatch } from './dispatch.ts'
import { exchangeOf } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { withFault } from './faults.ts'
import { wrapped } from './handler.ts'
import type { Handler } from './handler.ts'
import { KeyedLock } from './keyed-lock.ts'
import type { CoreOptions } from './core-options.ts'
import type { RegistryOptions } from './options.ts'
import type { Parts } from './parts.ts'
import { quirkOf } from './profiles/table.ts'
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
    const { socket } = request
    const exchange = exchangeOf(request)
    const asked = { method: exchange.method, path: request.url ?? '/' }
    let status = 500
    let sent = 0
    try {
      const answer = await withFault(options.onAnswer?.(asked) ?? {}, () => handle(exchange))
      status = answer.status
      sent = await send(response, answer, exchange.method === 'HEAD')
    } catch {
      // The client is gone, a file vanished half-way, or the cut is meant: there is no honest answer left. The
      // response does not know its connection yet while the one before it is still being ended.
      socket.destroy()
    }
    options.onRequest?.({ ...asked, status, bytes: exchange.received() + sent })
  }
}

function handlerFor(
  given: RegistryOptions,
  disk: Disk,
  now: () => Date,
): (exchange: Exchange) => Promise<Answer> {
  const quirks = [given.profile ?? []].flat().map((choice) => quirkOf(choice, now))
  const options = quirks.reduce<CoreOptions>((before, { prepare }) => prepare?.(before) ?? before, given)
  const tokens = new Tokens(now)
  const gate = gateFor(options.auth, tokens)
  const parts: Parts = {
    ...disk,
    locks: new KeyedLock(),
    referrersApi: options.referrersApi ?? true,
    sparse: options.sparse ?? false,
  }
  const core: Handler = (call, route) => dispatch(call, route).catch(errorAnswer)
  const handle = wrapped(
    quirks.flatMap(({ around }) => around ?? []),
    core,
  )
  return async (exchange) => {
    try {
      const route = routeOf(exchange.path)
      const caller = gate(route, exchange.method, exchange.headers)
      if (route.kind === 'token' && options.auth?.kind === 'bearer')
        return await answerToken(options.auth, tokens, exchange, now())
      return await handle({ parts, exchange, caller }, route)
    } catch (error) {
      return errorAnswer(error)
    }
  }
}

/** @throws Cut, which is no answer */
function errorAnswer(error: unknown): Answer {
  if (error instanceof Cut) throw error
  return error instanceof Refusal ? refusalAnswer(error) : defectAnswer(error)
}

// The message may name files on this machine, so only the system's short code goes out (ENOSPC, EACCES).
function defectAnswer(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error'
  const message = `the registry could not finish this request (${code})`
  return json(code === 'ENOSPC' ? 507 : 500, { errors: [{ code: 'UNKNOWN', message }] })
}
