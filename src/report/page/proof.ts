import type { TraceAnswer } from '../../insight/answers.ts'
import { formatTime, line } from '../words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { badge, evidenceId, shortCode, table } from './pieces.ts'

const STATES = {
  valid: ['pass', 'VALID'],
  invalid: ['fail', 'INVALID'],
  foreign: ['note', 'NOT TRUSTED'],
} as const

/** Everything signed about the digest. What does not count is shown too, and says so. */
export function evidenceCard({ evidence }: TraceAnswer): Html {
  if (evidence.length === 0)
    return html`<div class="card"><p class="soft">Nothing signed was found.</p></div>`
  const columns = [
    { head: 'State' },
    { head: 'Fact', isName: true },
    { head: 'It says', isText: true },
    { head: 'Signed by' },
    { head: 'Payload' },
  ]
  const rows = evidence.map((one) => {
    const [mark, words] = STATES[one.state]
    const when = one.at ? html`<br /><span class="soft small">${formatTime(one.at)}</span>` : undefined
    const says = html`${line(one.summary, 600)}${when}`
    return {
      id: evidenceId(one.payload),
      cells: [badge(mark, words), line(one.name, 80), says, line(one.signer, 120), shortCode(one.payload)],
    }
  })
  return html`<div class="card">${table('Only valid facts from trusted signers count', columns, rows)}</div>`
}

export function approvalsCard({ approvals }: TraceAnswer): Html {
  const columns = [
    { head: 'Who', isName: true },
    { head: 'For' },
    { head: 'Why', isText: true },
    { head: 'When' },
    { head: 'Payload' },
  ]
  const rows = approvals.map((one) => ({
    cells: [
      line(one.approver, 120),
      line(one.environment, 60),
      line(one.reason ?? '', 600),
      formatTime(one.at),
      shortCode(one.payload),
    ],
  }))
  return html`<div class="card">${table('People who signed for this very image', columns, rows)}</div>`
}

export function platformsCard({ platforms }: TraceAnswer): Html {
  const columns = [
    { head: 'Platform', isName: true },
    { head: 'Manifest' },
    { head: 'Config (what a pod may report)' },
  ]
  const rows = platforms.map((one) => ({
    cells: [line(one.platform, 60), html`<code>${one.manifest}</code>`, html`<code>${one.config}</code>`],
  }))
  return html`<div class="card">${table('The digests inside, for tracing what runs', columns, rows)}</div>`
}

/** How a reader checks the page instead of believing it. */
export function checkCard(trace: TraceAnswer): Html {
  const repository = (trace.running[0] ?? trace.promotions[0])?.repository
  if (!repository) return html``
  const reference = `${repository}@${trace.digest}`
  return html`<div class="card">
    <p>This page is a picture. The proof is in the registry; check it there:</p>
    <pre><code>waybill verify ${reference}
waybill trace ${reference}</code></pre>
  </div>`
}
