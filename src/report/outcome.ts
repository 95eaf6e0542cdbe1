import type { Outcome } from '../promotion/outcome.ts'
import { deltaMarkdown, deltaText } from './delta.ts'
import { gateMarkdown, gateText } from './gates.ts'
import { columns, title, wrap } from './layout.ts'
import { code, folded, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, formatBytes, formatTime, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** promote, plan, release and rollback as text, 80 columns. */
export function outcomeText(outcome: Outcome, paint: Paint): string {
  const facts = factRows(outcome).map(([name, value]) => [`  ${paint.dim(name)}`, value])
  const lines = [
    ...title(headline(outcome), (text) => paint.bold(headlineTone(outcome, paint)(text))),
    `  ${outcome.digest}`,
    ...columns(facts, WIDTH),
    '',
    ...gateText(outcome.verdict.gates, paint),
    ...(outcome.delta ? deltaText(outcome.delta, paint) : []),
    ...outcome.warnings.flatMap((warning) => [
      '',
      ...columns(
        [[outcome.breakGlass ? paint.bad('warning') : paint.wait('warning'), line(warning)]],
        WIDTH,
        1,
      ),
    ]),
    ...nextLines(outcome).flatMap((next) => ['', ...wrap(`next: ${next}`, WIDTH)]),
  ]
  return `${lines.join('\n')}\n`
}

/** The same as a comment for a pull request. */
export function outcomeMarkdown(outcome: Outcome): string {
  const facts = factRows(outcome).map(([name, value]) => [md(name), md(value)])
  return mdPage([
    `### ${md(headline(outcome))}`,
    code(outcome.digest),
    gateMarkdown(outcome.verdict.gates),
    outcome.delta && deltaMarkdown(outcome.delta),
    facts.length > 0 ? folded('Details', mdTable(['', ''], facts)) : undefined,
    ...outcome.warnings.map((warning) => `> Warning: ${md(warning)}`),
    ...nextLines(outcome).map((next) => `Next: ${md(next)}`),
  ])
}

function headline(outcome: Outcome): string {
  const { application, to, from } = outcome
  const name = `${line(application, 60)}${outcome.version ? ` ${line(outcome.version, 40)}` : ''}`
  const place = line(to, 60)
  const said = { promote: 'Promoted', release: 'Released', rollback: 'Rolled back' }[outcome.action]
  const done = outcome.breakGlass ? 'BREAK-GLASS: forced' : said
  const isBack = outcome.action === 'rollback'
  const into = `${isBack ? 'in' : outcome.breakGlass ? 'into' : 'to'} ${place}`
  const way = isBack ? `back into ${place}` : `from ${line(from, 60)} to ${place}`
  switch (outcome.outcome) {
    case 'promoted':
      return `${done} ${name} ${into}`
    case 'already':
      return `${name} is already in ${place}${outcome.breakGlass ? ', forced in (BREAK-GLASS)' : ''}`
    case 'refused':
      return `Refused: ${name} does not go ${way}`
    case 'pending':
      return `Pending: ${name} cannot go to ${place} yet`
    case 'error':
      return `Error: could not ${outcome.verdict.result === 'error' ? 'tell whether' : 'finish'} ${name}${outcome.verdict.result === 'error' ? ' may go' : ''} to ${place}`
    case 'unproven':
      return `${done} ${name} ${into}, but it did not prove itself there`
    case 'planned':
      return `Plan: ${name} ${way} would ${outcome.breakGlass ? 'be FORCED in (break-glass)' : PLANNED[outcome.verdict.result]}`
  }
}

const PLANNED = {
  pass: 'be let in',
  fail: 'be refused',
  pending: 'have to wait',
  error: 'end in an error',
} as const

function headlineTone(outcome: Outcome, paint: Paint): (text: string) => string {
  if (outcome.breakGlass) return paint.bad
  const result = outcome.outcome === 'planned' ? outcome.verdict.result : outcome.outcome
  const tones = {
    promoted: paint.good,
    already: paint.good,
    pass: paint.good,
    refused: paint.bad,
    unproven: paint.bad,
    fail: paint.bad,
    pending: paint.wait,
    error: paint.unsure,
  }
  return tones[result]
}

function factRows(outcome: Outcome): readonly (readonly [string, string])[] {
  const { copy, tags, keptTags, delivery, proof } = outcome
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['from', line(outcome.from, 60)],
    ['to', line(outcome.repository)],
    ['before', outcome.previousDigest && shortDigestText(outcome.previousDigest)],
    ['tags', tags && tags.map((tag) => line(tag, 128)).join(', ')],
    [
      'kept',
      keptTags?.length
        ? `${keptTags.map((tag) => line(tag, 128)).join(', ')} (a newer version has them)`
        : undefined,
    ],
    ['copied', copy && copyLine(copy)],
    ['allowed', outcome.breakGlass?.map(shortDigestText).join(', ')],
    ['record', outcome.record && recordLine(outcome)],
    ...(delivery ?? []).map((one) => ['delivery', deliveryLine(one)] as const),
    [
      'proof',
      proof &&
        `${proof.result === 'pass' ? 'PASS' : 'FAIL'} ${line(proof.reason)} (mark ${shortDigestText(proof.mark)})`,
    ],
  ]
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []))
}

function copyLine(copy: NonNullable<Outcome['copy']>): string {
  const mounted = copy.mounted > 0 ? `, ${copy.mounted} mounted` : ''
  const things = `${count(copy.manifests, 'manifest')}, ${count(copy.blobs, 'blob')}${mounted}, ${count(copy.referrers, 'referrer')}`
  const served = copy.serverSide ? `; the rest by the registry itself (${copy.serverSide})` : ''
  return `${things}; ${formatBytes(copy.bytes)} in ${count(copy.requests, 'request')}${served}`
}

function recordLine(outcome: Outcome): string {
  const sequence = outcome.sequence === undefined ? '' : `#${outcome.sequence} `
  return `${sequence}${shortDigestText(outcome.record ?? '')}`
}

function deliveryLine(receipt: NonNullable<Outcome['delivery']>[number]): string {
  const changed = receipt.changed.map((file) => line(file, 200)).join(', ') || 'already so'
  return `${line(receipt.target, 40)} ${line(receipt.branch, 80)} ${line(receipt.commit, 12)}: ${changed}`
}

function nextLines(outcome: Outcome): readonly string[] {
  if (outcome.outcome === 'pending') {
    const times = outcome.verdict.gates.flatMap((gate) => gate.earliest ?? []).sort()
    const latest = times.at(-1)
    return [
      `run the same command again${latest ? ` after ${formatTime(latest)}` : ' when the gates above can pass'}`,
    ]
  }
  if (outcome.outcome === 'error' && outcome.verdict.result === 'error')
    return ['nothing was written; mend what keeps the gates from telling, then run the same command again']
  if (outcome.outcome === 'error') return ['run the same command again; it continues where it stopped']
  if (outcome.outcome === 'refused')
    return ['nothing was written; mend what the gates say and build or attest anew']
  if (outcome.outcome !== 'planned' || outcome.verdict.result !== 'pass') return []
  const how =
    outcome.action === 'promote'
      ? '`waybill promote` with the same flags does it'
      : 'without --dry-run it is done'
  return [`nothing was written; ${how}`]
}
