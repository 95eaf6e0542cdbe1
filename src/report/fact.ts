import type { AttachedFact, AttachedFacts } from '../promotion/commands.ts'
import { columns, title } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { line, shortDigestText } from './words.ts'

const WIDTH = 80

/** attest, approve and pass as text. */
export function factText(fact: AttachedFact, paint: Paint): string {
  const tone = fact.outcome === 'failed' ? paint.bad : paint.good
  const rows = factRows(fact).map(([name, value]) => [`  ${paint.dim(name)}`, value])
  return `${[...title(headline(fact), (text) => paint.bold(tone(text))), `  ${fact.digest}`, ...columns(rows, WIDTH)].join('\n')}\n`
}

export function factMarkdown(fact: AttachedFact): string {
  const rows = factRows(fact).map(([name, value]) => [md(name), md(value)])
  return mdPage([`### ${md(headline(fact))}`, code(fact.digest), mdTable(['', ''], rows)])
}

/** Several attestations of one image as text, each as it would stand alone. */
export function factsText(facts: AttachedFacts, paint: Paint): string {
  return facts.attestations.map((fact) => factText(fact, paint)).join('\n')
}

export function factsMarkdown(facts: AttachedFacts): string {
  return facts.attestations.map(factMarkdown).join('\n')
}

const WHAT = {
  approval: 'Approval',
  pass: 'Pass mark',
  attestation: 'Attestation',
  waiver: 'Waiver',
  'break-glass': 'BREAK-GLASS',
} as const

function headline(fact: AttachedFact): string {
  const where = fact.environment ? ` for ${line(fact.environment, 60)}` : ''
  const what = WHAT[fact.kind]
  const done = { attached: 'attached', already: 'already there', planned: 'planned', failed: 'refused' }[
    fact.outcome
  ]
  return `${what} of ${line(fact.application, 60)}${where}: ${done}`
}

function factRows(fact: AttachedFact): readonly (readonly [string, string])[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['says', line(fact.summary)],
    ['type', line(fact.predicateType)],
    ['platform', fact.platform && line(fact.platform, 60)],
    ['about', fact.subjects?.map(shortDigestText).join(', ')],
    ['at', line(fact.repository)],
    ['signer', fact.signer && line(fact.signer, 120)],
    ['payload', fact.payload && shortDigestText(fact.payload)],
    ['manifest', fact.manifest && shortDigestText(fact.manifest)],
  ]
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []))
}
