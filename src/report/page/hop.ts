import type { PromotionEntry, TraceAnswer } from '../../insight/answers.ts'
import { originOf } from '../history.ts'
import { formatTime, line, markWords } from '../words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { badge, evidenceId, factList, joined, shortCode, table } from './pieces.ts'
import { hopId, markOf } from './road.ts'

/** One promotion as a card: from where to where, every gate with its reason and evidence, and the signed record. */
export function hopCard(entry: PromotionEntry, number: number, trace: TraceAnswer): Html {
  const mark = markOf(entry)
  return html`<article class="card" id="${hopId(entry)}">
    <div class="hop-head">
      <span class="number" aria-hidden="true">${number}</span>
      <h3>${hopTitle(entry)}</h3>
      ${badge(mark, hopWords(entry))}${entry.current && badge('note', 'NEWEST RECORD')}
    </div>
    <p class="soft">
      ${formatTime(entry.finishedOn)}, signed by
      ${line(entry.signer, 120)}${entry.requestedBy ? `, asked for by ${line(entry.requestedBy, 120)}` : ''}
    </p>
    ${entry.reason && html`<p>Reason given: ${line(entry.reason, 600)}</p>`} ${gateTable(entry, trace)}
    ${recordFacts(entry)}
  </article>`
}

function hopWords(entry: PromotionEntry): string {
  if (entry.kind === 'break-glass') return 'FORCED IN (BREAK-GLASS)'
  const mark = markOf(entry)
  return mark === 'pass' ? 'LET IN' : markWords[mark]
}

function hopTitle(entry: PromotionEntry): string {
  const to = line(entry.environment, 60)
  if (entry.kind === 'rollback') return `Rolled back to this image in ${to}`
  if (entry.kind === 'break-glass') return `Forced into ${to} (break-glass)`
  return `${originOf(entry)} to ${to}`
}

function gateTable(entry: PromotionEntry, trace: TraceAnswer): Html {
  if (entry.gates.length === 0) return html`<p class="soft">This environment has no gates.</p>`
  const known = new Set<string>(trace.evidence.map((one) => one.payload))
  const rows = entry.gates.map((gate) => ({
    cells: [
      badge(gate.result),
      line(gate.gate, 60),
      line(gate.reason, 1000),
      joined(
        gate.evidence.map((digest) =>
          known.has(digest)
            ? html`<a href="#${evidenceId(digest)}">${shortCode(digest)}</a>`
            : shortCode(digest),
        ),
      ),
    ],
  }))
  const columns = [
    { head: 'Result' },
    { head: 'Gate', isName: true },
    { head: 'Why', isText: true },
    { head: 'Evidence' },
  ]
  return table('What had to be true, and was checked', columns, rows)
}

function recordFacts(entry: PromotionEntry): Html {
  const { previous, approvals, tags } = entry
  return factList([
    ['Record', html`number ${entry.sequence} · <code>${entry.record}</code>`],
    [
      'Before it',
      previous ? html`<code>${previous.record}</code>` : 'nothing: this is the first record here',
    ],
    ['Tags', tags.length > 0 ? joined(tags.map((tag) => html`<code>${line(tag, 128)}</code>`)) : undefined],
    ['Kept at', line(entry.repository, 300)],
    ['Approvals counted', approvals.length > 0 ? joined(approvals.map(shortCode)) : undefined],
    ['Forced under', entry.breakGlass && joined(entry.breakGlass.map(shortCode))],
    ['Policy', shortCode(entry.policyDigest)],
    ['Made by', line(entry.promoter, 200)],
  ])
}
