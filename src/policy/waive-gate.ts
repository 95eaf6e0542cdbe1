import type { Facts } from './facts.ts'
import { quote } from './judgement.ts'
import type { GateVerdict } from './verdict.ts'
import type { ActiveWaiver, ReadWaiver } from './waivers.ts'
import { gateWaiver, readWaivers } from './waivers.ts'

/**
 * A gate that stops, under the waivers of the whole gate. "Could not tell" is covered only by a waiver that says so:
 * whoever waived a known failure has not waived an unknown one. Signed waivers that do not count are named.
 */
export function waiveGate(verdict: GateVerdict, facts: Facts): GateVerdict {
  if (verdict.result === 'pass' || verdict.result === 'waived') return verdict
  const read = readWaivers(facts, verdict.gate)
  const active = read.flatMap(({ waiver, flaw }) => (flaw ? [] : [waiver]))
  const covers = ({ predicate }: ActiveWaiver) => verdict.result !== 'error' || predicate.evenOnError === true
  const given = gateWaiver(active.filter(covers))
  return given ? waived(verdict, given) : { ...verdict, reason: `${verdict.reason}${asideNote(read)}` }
}

function waived({ gate, result, reason, evidence, findings }: GateVerdict, given: ActiveWaiver): GateVerdict {
  return {
    gate,
    result: 'waived',
    reason: `${waiverText(given)} It was ${result}: ${reason}`,
    evidence: [...new Set([...evidence, given.payload])],
    ...(findings && { findings: findings.map((one) => ({ waivedBy: given.payload, ...one })) }),
  }
}

/** `Waived by erin@example.com until 2026-04-01T00:00:00Z: "no fix yet".` */
export function waiverText({ signer, predicate }: ActiveWaiver): string {
  const { notAfter, reason, ticket } = predicate
  const under = ticket ? ` (${quote(ticket)})` : ''
  return `Waived by ${signer.identity ?? signer.id} until ${notAfter}${under}: ${quote(reason)}.`
}

const SHOWN = 2

/** As one or two more sentences; empty when there is none. */
function asideNote(read: readonly ReadWaiver[]): string {
  const aside = read.filter(({ flaw }) => flaw)
  const shown = aside
    .slice(0, SHOWN)
    .map(({ waiver, flaw }) => `the one of ${waiver.signer.identity ?? waiver.signer.id} ${flaw}`)
  const more = aside.length > SHOWN ? `; and ${aside.length - SHOWN} more` : ''
  return shown.length > 0 ? ` Waivers that do not count: ${shown.join('; ')}${more}.` : ''
}
