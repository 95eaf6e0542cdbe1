import { isTicket } from '../policy/index.ts'
import type { TicketFacts, TicketQuestion } from '../policy/index.ts'
import { askChangeTicket } from '../tools/index.ts'
import { variableOf } from './variable.ts'

/** Answers a gate's question about one ticket, with the token that the environment holds for it. */
export async function askTicket(
  { url, token, scheme }: TicketQuestion,
  ticket: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<TicketFacts> {
  const about = { ticket, source: url }
  if (!isTicket(ticket)) return { ...about, problem: 'this is no name of a ticket' }
  const name = token === undefined ? undefined : variableOf(token)
  const secret = name === undefined ? undefined : env[name]?.trim()
  if (token !== undefined && !secret)
    return { ...about, problem: `the environment variable ${name ?? token} is not set` }
  if (secret !== undefined && !/^[\x20-\x7e]+$/.test(secret))
    return { ...about, problem: `the environment variable ${name} holds what no header can` }
  const authorization =
    secret === undefined ? undefined : `${scheme} ${scheme === 'Basic' ? btoa(secret) : secret}`
  return { ...about, ...(await askChangeTicket({ url, ticket, authorization, signal })) }
}
