import type { PromotionEntry, TraceAnswer } from '../../insight/answers.ts'
import { count, formatTime, line, shortDigestText } from '../words.ts'
import type { Mark } from '../words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { icons } from './icons.ts'
import { badge } from './pieces.ts'

/** The road of one digest as a picture: commit, build, then every environment it reached, in order. */
export function road(trace: TraceAnswer): Html {
  const stops = [...(trace.commit ? [commitStop(trace)] : []), buildStop(trace), ...environmentStops(trace)]
  return html`<div class="card">
    <ol class="road" tabindex="0" aria-label="The road of this image">
      ${stops}
    </ol>
  </div>`
}

/** Promotions in the order they happened. */
export function inOrder(promotions: readonly PromotionEntry[]): readonly PromotionEntry[] {
  return promotions.toSorted((a, b) => a.finishedOn.localeCompare(b.finishedOn) || a.sequence - b.sequence)
}

/** Anchor of a promotion's card. */
export function hopId(entry: PromotionEntry): string {
  return `hop-${shortDigestText(entry.record).replaceAll(/[^0-9a-f]/g, '')}`
}

/** The one mark for a promotion: what stopped it, or pass. What was forced in is never anything else than red. */
export function markOf(entry: PromotionEntry): Mark {
  if (entry.kind === 'break-glass') return 'fail'
  const results = entry.gates.map((gate) => gate.result)
  return (['fail', 'error', 'pending', 'waived'] as const).find((one) => results.includes(one)) ?? 'pass'
}

function commitStop(trace: TraceAnswer): Html {
  const { build, commit = '' } = trace
  return html`<li class="stop">
    <span class="dot">${icons.commit}</span>
    <h3>Commit</h3>
    <p><code>${line(commit, 12).replace('…', '')}</code></p>
    ${build?.branch && html`<p class="soft">${line(build.branch, 60)}</p>`}${build?.author && html`<p class="soft">${line(build.author, 60)}</p>`}
  </li>`
}

function buildStop({ build, evidence }: TraceAnswer): Html {
  const signed = evidence.filter((one) => one.state === 'valid').length
  return html`<li class="stop">
    <span class="dot">${icons.build}</span>
    <h3>Build</h3>
    ${build ? html`<p>${build.finishedOn ? formatTime(build.finishedOn) : ''}</p>` : html`<p class="soft">no provenance</p>`}
    <p class="soft">${count(signed, 'signed fact')}</p>
  </li>`
}

function environmentStops(trace: TraceAnswer): readonly Html[] {
  const byPlace = Map.groupBy(inOrder(trace.promotions), (entry) => entry.environment)
  return [...byPlace.values()].map((entries) => environmentStop(entries, trace))
}

function environmentStop(entries: readonly PromotionEntry[], trace: TraceAnswer): Html {
  const last = entries.at(-1)
  if (!last) return html``
  const { environment, kind } = last
  const here = trace.running.some((one) => one.environment === environment)
  const how = {
    promote: undefined,
    rollback: 'came back by rollback',
    'break-glass': 'forced (break-glass)',
  }[kind]
  return html`<li class="stop ${here ? 'here' : ''}">
    <span class="gatehouse">${gatesBadge(last)}</span>
    <span class="dot">${kind === 'rollback' ? icons.back : icons.place}</span>
    <h3><a href="#${hopId(last)}">${line(environment, 60)}</a></h3>
    <p>${formatTime(last.finishedOn)}</p>
    ${how && html`<p><b>${how}</b></p>`}${entries.length > 1 && html`<p class="soft">${entries.length} times</p>`}
    <p>${here ? html`<b>runs here now</b>` : html`<span class="soft">was here</span>`}</p>
  </li>`
}

function gatesBadge(entry: PromotionEntry): Html {
  if (entry.kind === 'break-glass') return badge('fail', 'FORCED')
  return entry.gates.length === 0
    ? badge('note', 'no gates')
    : badge(markOf(entry), count(entry.gates.length, 'gate'))
}
