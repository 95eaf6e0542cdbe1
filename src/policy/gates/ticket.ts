import * as z from 'zod'
import { timestamp } from '../../base/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { Facts, TicketFacts } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { listed, quote, refuse, unclear } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { addressFlaw, textAt, timeAt } from '../ticket-rule.ts'
import { isTicket, ticketsNamed } from '../tickets.ts'
import { worstOf } from '../worst.ts'

const KNOWN = ['{application}', '{environment}', '{digest}'] as const

const address = z
  .string()
  .max(2_000)
  .check((context) => {
    const flaw = addressFlaw(context.value)
    if (flaw) context.issues.push({ code: 'custom', message: flaw, input: '' })
  })
  .describe('Address of one ticket; {ticket} stands in its path or query. https, or http on this machine.')

// Not a format check: those show what they found, and this may be a secret.
const token = z.string().refine((given) => /^env:\/\/[A-Za-z_][A-Za-z0-9_]*$/.test(given), {
  error: 'expected env://NAME; a token does not belong in this file',
})

const path = z
  .string()
  .regex(/^[^.\s]+(?:\.[^.\s]+)*$/, 'expected a path into the answer such as result.state')

const wanted = nonEmpty.superRefine((text, context) => {
  const unknown = (text.match(/\{[^{}]*\}/g) ?? []).find((name) => !KNOWN.includes(name as never))
  if (unknown) context.addIssue({ code: 'custom', message: `found ${unknown}, expected ${KNOWN.join(', ')}` })
})

export const ticketOptions = z.strictObject({
  url: address,
  token: token.optional().describe('env://NAME of the token; it goes to the host of `url` only.'),
  scheme: z
    .enum(['Bearer', 'Basic'])
    .default('Bearer')
    .describe('How the token is sent. Basic: the variable holds user:password.'),
  field: path.default('state').describe('Where in the JSON answer the state is, e.g. result.state.'),
  states: z.array(nonEmpty).min(1).describe('States that let the promotion through.'),
  waiting: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('States that are waited for. Any other state is a no.'),
  window: z
    .strictObject({ from: path.optional(), to: path.optional() })
    .optional()
    .describe('Where in the answer the planned start and end are; before and after, it does not count.'),
  match: z
    .record(path, wanted)
    .optional()
    .describe('What the answer must say elsewhere: {application}, {environment} and {digest} are filled in.'),
  approved: z
    .boolean()
    .default(false)
    .describe('Only tickets that approvals of this digest name count; --ticket alone does not.'),
})

export type TicketOptions = z.output<typeof ticketOptions>

export function ticketNeeds({ url, token: from, scheme, approved }: TicketOptions): GateNeeds {
  return { tickets: [{ url, token: from, scheme, approved }] }
}

/** The change-management system says that the ticket is approved, is for this, and that its time is now. */
export function judgeTicket(options: TicketOptions, facts: Facts): Judgement {
  const { asked, approved } = ticketsNamed(facts)
  // Whoever approves by another ticket must not be passed over.
  const names = options.approved || asked === undefined ? [...approved.keys()] : [asked]
  if (options.approved && asked !== undefined && !approved.has(asked))
    return waiting(`No approval names the ticket ${quote(asked)}.`)
  if (names.length === 0)
    return waiting(
      `No ticket is named; ${options.approved ? 'approve' : 'promote or approve'} with --ticket.`,
    )
  const judged = worstOf(names.map((name) => judgeOne(name, options, facts)))
  return { ...judged, evidence: names.flatMap((name) => approved.get(name) ?? []) }
}

function judgeOne(name: string, options: TicketOptions, facts: Facts): Judgement {
  if (!isTicket(name))
    return unclear(`${quote(name)} is no ticket, expected letters, digits, dots and dashes.`)
  const found = facts.tickets.find(({ ticket, source }) => ticket === name && source === options.url)
  if (!found) return unclear(`Nothing was asked about the ticket ${name}.`)
  if ('problem' in found) return unclear(`The ticket ${name} could not be read: ${found.problem}.`)
  if ('absent' in found) return refuse(`There is no ticket ${name}.`)
  return judgeAnswer(found, options, facts)
}

function judgeAnswer(
  { ticket, answer }: Extract<TicketFacts, { readonly answer: unknown }>,
  options: TicketOptions,
  facts: Facts,
): Judgement {
  const state = textAt(answer, options.field)
  if (state === undefined) return unclear(`The answer about ${ticket} has no ${quote(options.field)}.`)
  for (const [where, template] of Object.entries(options.match ?? {})) {
    const expected = fill(template, facts)
    const said = textAt(answer, where)
    if (said === undefined) return unclear(`The answer about ${ticket} has no ${quote(where)}.`)
    if (said !== expected)
      return refuse(
        `The ticket ${ticket} is for another: ${where} is ${quote(said)}, required: ${quote(expected)}.`,
      )
  }
  const isIn = (states: readonly string[] = []) => states.includes(state)
  if (isIn(options.waiting))
    return waiting(`The ticket ${ticket} is ${quote(state)}, required: ${listed(options.states)}.`)
  if (!isIn(options.states))
    return refuse(`The ticket ${ticket} is ${quote(state)}, required: ${listed(options.states)}.`)
  return inTime(ticket, answer, options, facts.now) ?? passing(`The ticket ${ticket} is ${quote(state)}.`)
}

/** Why its planned time is not now; undefined when it is. */
function inTime(
  ticket: string,
  answer: unknown,
  { window }: TicketOptions,
  now: Date,
): Judgement | undefined {
  for (const [end, where] of [
    ['from', window?.from],
    ['to', window?.to],
  ] as const) {
    if (where === undefined) continue
    const time = timeAt(answer, where)
    if (time === undefined)
      return unclear(`The answer about ${ticket} has no time that can be read in ${quote(where)}.`)
    const text = timestamp(new Date(Math.ceil(time / 1000) * 1000))
    if (end === 'from' && now.getTime() < time)
      return { ...waiting(`The planned time of ${ticket} begins on ${text}.`), earliest: text }
    if (end === 'to' && now.getTime() >= time)
      return refuse(`The planned time of ${ticket} ended on ${text}.`)
  }
  return undefined
}

function fill(template: string, { application, environment, image }: Facts): string {
  const values = { '{application}': application, '{environment}': environment, '{digest}': image.digest }
  return template.replaceAll(
    /\{(?:application|environment|digest)\}/g,
    (name) => values[name as keyof typeof values],
  )
}

const NONE: readonly Digest[] = []
const waiting = (reason: string): Judgement => ({ result: 'pending', reason, evidence: NONE })
const passing = (reason: string): Judgement => ({ result: 'pass', reason, evidence: NONE })
