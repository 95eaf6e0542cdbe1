import type { EvidenceEntry, TraceAnswer } from '../insight/answers.ts'
import { columns, title } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import { actionOf, entryText } from './history.ts'
import type { Paint } from './paint.ts'
import { formatTime, line, shortDigestText, vouchedText } from './words.ts'

const WIDTH = 80

/** `waybill trace` as text: what runs, back to the commit. */
export function traceText(trace: TraceAnswer, paint: Paint): string {
  const facts = originRows(trace).map(([name, value]) => [`  ${paint.dim(name)}`, value])
  return `${[
    ...title(headline(trace), paint.bold),
    `  ${trace.digest}`,
    ...columns(facts, WIDTH),
    ...part(paint, 'Evidence', evidenceText(trace.evidence, paint)),
    ...part(paint, 'Approvals', approvalLines(trace)),
    ...part(
      paint,
      'Promotions',
      trace.promotions.flatMap((entry) => entryText(entry, paint, entry.environment)).slice(1),
    ),
    ...part(paint, 'Running', runningLines(trace)),
  ].join('\n')}\n`
}

export function traceMarkdown(trace: TraceAnswer): string {
  return mdPage([
    `### ${md(headline(trace))}`,
    code(trace.digest),
    mdTable(
      ['', ''],
      originRows(trace).map(([name, value]) => [md(name), md(value)]),
    ),
    evidenceMarkdown(trace.evidence),
    trace.promotions.length > 0
      ? mdTable(
          ['Environment', 'No.', 'When', 'What', 'Signed by', 'Record'],
          trace.promotions.map((one) => [
            md(one.environment),
            `${one.sequence}${one.current ? ' (now)' : ''}`,
            md(formatTime(one.finishedOn)),
            md(actionOf(one)),
            md(one.signer),
            code(shortDigestText(one.record)),
          ]),
        )
      : undefined,
    trace.running.length > 0
      ? `Running in: ${trace.running.map((one) => md(one.environment)).join(', ')}`
      : 'Runs nowhere now.',
  ])
}

/** What hangs on a digest, one line each; what does not count says so. */
export function evidenceText(evidence: readonly EvidenceEntry[], paint: Paint): readonly string[] {
  const tone = { valid: paint.good, invalid: paint.bad, foreign: paint.dim }
  return columns(
    evidence.map((one) => [
      `  ${tone[one.state](one.state)}`,
      line(one.name, 24),
      shortDigestText(one.payload),
      `${line(one.summary)}${one.signer ? ` (${line(one.signer, 80)}${provenText(one)})` : ''}`,
    ]),
    WIDTH,
  )
}

function provenText({ provenOn }: EvidenceEntry): string {
  return provenOn === undefined ? '' : `, proven ${formatTime(provenOn)}`
}

export function evidenceMarkdown(evidence: readonly EvidenceEntry[]): string | undefined {
  if (evidence.length === 0) return undefined
  return mdTable(
    ['Evidence', 'State', 'Says', 'Signed by', 'Payload'],
    evidence.map((one) => [
      md(one.name),
      one.state,
      md(one.summary),
      md(one.signer),
      code(shortDigestText(one.payload)),
    ]),
  )
}

function headline(trace: TraceAnswer): string {
  const version = trace.version ? ` ${line(trace.version, 40)}` : ''
  const found = {
    index: '',
    platform: ' (found by a platform digest)',
    config: ' (found by a config digest)',
  }
  return `${line(trace.application, 60)}${version}${found[trace.match]}`
}

function originRows(trace: TraceAnswer): readonly (readonly [string, string])[] {
  const { build } = trace
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['asked', line(trace.query)],
    ['commit', trace.commit && line(trace.commit, 64)],
    ['source', trace.source && line(trace.source)],
    ['branch', build?.branch && line(build.branch, 120)],
    ['author', build?.author && line(build.author, 120)],
    [
      'built',
      build && `${build.finishedOn ? `${formatTime(build.finishedOn)} ` : ''}by ${line(build.builder, 200)}`,
    ],
    ['event', build?.event && line(build.event, 40)],
    ['identity', build && vouchedText(build.identity)],
    ['signer', build && line(build.signer, 120)],
    ...trace.platforms.map(
      (one) => ['platform', `${line(one.platform, 40)} ${shortDigestText(one.manifest)}`] as const,
    ),
  ]
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []))
}

function approvalLines(trace: TraceAnswer): readonly string[] {
  return columns(
    trace.approvals.map((one) => [
      `  ${line(one.environment, 40)}`,
      formatTime(one.at),
      `${line(one.approver, 120)}${one.reason ? `: ${line(one.reason)}` : ''}`,
    ]),
    WIDTH,
  )
}

function runningLines(trace: TraceAnswer): readonly string[] {
  if (trace.running.length === 0) return ['  nowhere now']
  return columns(
    trace.running.map((one) => [
      `  ${line(one.environment, 40)}`,
      `since ${formatTime(one.since)}`,
      line(one.repository),
    ]),
    WIDTH,
  )
}

function part(paint: Paint, name: string, lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? ['', paint.bold(name), ...lines] : []
}
