import type { TraceAnswer } from '../../insight/answers.ts'
import { count, formatTime, line } from '../words.ts'
import { hopCard } from './hop.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { joined } from './pieces.ts'
import { pageHtml, section } from './page.ts'
import { approvalsCard, checkCard, evidenceCard, platformsCard } from './proof.ts'
import { inOrder, road } from './road.ts'

/** The road of one digest as a page (`trace -o html`). */
export function traceHtml(trace: TraceAnswer): string {
  const title = `${line(trace.application, 80)}${trace.version ? ` ${line(trace.version, 60)}` : ''}`
  return pageHtml({
    title,
    lead: html`${story(trace)}
      <p class="digest mono">${trace.digest}</p>
      ${summary(trace)}`,
    sections: traceSections(trace),
  })
}

/** The parts of the trace page, for pages that say more around them. */
export function traceSections(trace: TraceAnswer): readonly Html[] {
  const hops = inOrder(trace.promotions)
  return [
    section('road', 'The road', road(trace)),
    section('hops', 'Every hop, and why it was allowed', ...hopCards(hops, trace)),
    ...(trace.approvals.length > 0 ? [section('approvals', 'Approvals', approvalsCard(trace))] : []),
    section('evidence', 'Evidence', evidenceCard(trace)),
    ...(trace.platforms.length > 0 ? [section('platforms', 'Platforms', platformsCard(trace))] : []),
    ...(hops.length > 0 ? [section('check', 'Check it yourself', checkCard(trace))] : []),
  ]
}

function hopCards(hops: ReturnType<typeof inOrder>, trace: TraceAnswer): readonly Html[] {
  if (hops.length === 0) return [html`<div class="card"><p>It has not been promoted anywhere.</p></div>`]
  return hops.map((entry, at) => hopCard(entry, at + 1, trace))
}

function story(trace: TraceAnswer): Html {
  const origin = trace.commit
    ? html`from commit <code>${line(trace.commit, 12).replace('…', '')}</code>`
    : html`from an unknown commit`
  const hops = trace.promotions.length
  const gates = trace.promotions.reduce((sum, entry) => sum + entry.gates.length, 0)
  const runs =
    trace.running.length > 0
      ? html`It runs in
        ${joined(
          trace.running.map((one) => html`<b>${line(one.environment, 60)}</b>`),
          ', ',
        )}.`
      : html`It runs nowhere now.`
  return html`<p class="lead">
    One image, built once ${origin}, moved unchanged through ${count(hops, 'hop')} and
    ${count(gates, 'gate check')}. ${runs} Every step is signed.
  </p>`
}

function summary(trace: TraceAnswer): Html {
  const { build } = trace
  const valid = trace.evidence.filter((one) => one.state === 'valid').length
  const since = trace.running.at(-1)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Source', trace.source && line(trace.source.replace(/^https:\/\//, ''), 200)],
    ['Built', build && (build.finishedOn ? formatTime(build.finishedOn) : line(build.builder, 120))],
    ['Built by', build && line(build.builder.replace(/^https:\/\//, ''), 200)],
    ['Evidence', `${count(valid, 'signed fact')}`],
    ['Approvals', trace.approvals.length > 0 ? count(trace.approvals.length, 'approval') : undefined],
    ['Newest place', since && `${line(since.environment, 60)}, since ${formatTime(since.since)}`],
  ]
  const kept = facts.flatMap(([name, value]) =>
    value
      ? [
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
        ]
      : [],
  )
  return html`<dl class="facts">${kept}</dl>`
}
