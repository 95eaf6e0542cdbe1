import type { OpenVexDocument } from '../attestation/index.ts'
import type { WaiverEntry, WaiversAnswer } from '../promotion/commands.ts'

/**
 * Active waivers of vulnerabilities as an OpenVEX document (openvex-spec v0.2.0). A waiver accepts a risk: it does not
 * say that the image is not affected, so the status is `affected`, with what was decided as `action_statement`.
 * undefined when there is none: a document without statements is not valid.
 */
export function waiversVex(answer: WaiversAnswer, now: Date): OpenVexDocument | undefined {
  const active = answer.waivers.filter(
    ({ gate, state }) => gate === 'vulnerabilities' && state === 'in force',
  )
  const statements = active.flatMap((waiver) =>
    (waiver.findings ?? []).map((name) => statementOf(name, waiver, answer)),
  )
  if (statements.length === 0) return undefined
  const timestamp = now.toISOString()
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `https://waybill.dev/waivers/${answer.application}/${answer.environment}/${now.getTime()}`,
    author: [...new Set(active.map(({ by }) => by))].join(', '),
    timestamp,
    version: 1,
    tooling: 'waybill',
    statements,
  }
}

function statementOf(
  name: string,
  waiver: WaiverEntry,
  answer: WaiversAnswer,
): OpenVexDocument['statements'][number] {
  const { packages, by, reason, ticket, notAfter, createdOn } = waiver
  const subcomponents = (packages ?? []).map((one) => ({ '@id': one }))
  return {
    vulnerability: { name },
    products: [{ '@id': productOf(waiver, answer), ...(subcomponents.length > 0 && { subcomponents }) }],
    status: 'affected',
    action_statement: `Accepted by ${by} until ${notAfter}: ${reason}${ticket ? ` (${ticket})` : ''}`,
    action_statement_timestamp: createdOn,
  }
}

/** purl-spec, type oci: the last part of the path is the name, the digest the version. */
function productOf({ digest }: WaiverEntry, { repository }: WaiversAnswer): string {
  const name = repository.split('/').at(-1) ?? repository
  const version = digest ? `@${encodeURIComponent(digest)}` : ''
  return `pkg:oci/${name}${version}?repository_url=${encodeURIComponent(repository)}`
}
