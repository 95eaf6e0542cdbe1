import type { DemoStage, DemoStory } from '../demo.ts'
import { count, line, shortDigestText } from '../words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { icons } from './icons.ts'
import { pageHtml, section } from './page.ts'
import { badge, table } from './pieces.ts'
import { traceSections } from './trace-page.ts'

type Chip = (digest: string) => Html

/** The demo's whole story as a page: what was where after every stage, what was refused, and the road of the release. */
export function demoHtml(story: DemoStory): string {
  const chip = chips(story)
  const [road, ...rest] = traceSections(story.trace)
  return pageHtml({
    title: `The road of ${line(story.trace.application, 60)}`,
    lead: html`<p class="lead">
      Everything below happened on this machine, on real registries and a real git repository. A letter stands
      for one image: the same letter in three places is the same bytes in three places.
    </p>`,
    sections: [
      ...(road ? [road] : []),
      section('places', 'What was where, stage by stage', placesCard(story, chip)),
      ...(story.refusals.length > 0 ? [section('refusals', 'What was refused', refusalsCard(story))] : []),
      section('rollback', 'Rolled back, and forward again', rollbackCard(story, chip)),
      section('tamper', 'A changed record does not go unnoticed', tamperCard(story)),
      ...rest,
      section('tags', 'The registry after each stage', tagCards(story, chip)),
    ],
  })
}

/** One letter and colour per digest, in order of appearance. */
function chips(story: DemoStory): Chip {
  const seen = new Set<string>()
  for (const { tags, environments } of story.stages) {
    for (const digest of [...Object.values(environments), ...Object.values(tags)]) seen.add(digest)
  }
  for (const digest of [story.rollback.from, story.rollback.to]) seen.add(digest)
  const order = [...seen]
  return (digest) => {
    const at = order.indexOf(digest)
    const letter = at >= 0 && at < 26 ? String.fromCodePoint(65 + at) : '?'
    return html`<span class="chip c${Math.max(0, at) % 6}" title="${digest}"
      ><b>${letter}</b><span class="mono">${shortDigestText(digest)}</span></span
    >`
  }
}

function placesCard({ stages }: DemoStory, chip: Chip): Html {
  const names = [...new Set(stages.flatMap((stage) => Object.keys(stage.environments)))]
  const columns = [{ head: 'Stage', isName: true }, ...names.map((head) => ({ head: line(head, 40) }))]
  const rows = stages.map((stage, at) => ({
    cells: [
      line(stage.title, 120),
      ...names.map((name) => {
        const digest = stage.environments[name]
        if (digest === undefined) return html`<span class="soft">empty</span>`
        const isNew = stages[at - 1]?.environments[name] !== digest
        return html`${chip(digest)}${isNew && html` <span class="badge note">NEW</span>`}`
      }),
    ],
  }))
  return html`<div class="card">${table('Each row is the state after that stage', columns, rows)}</div>`
}

function tagCards({ stages }: DemoStory, chip: Chip): Html {
  const cards = stages.map((stage, at) => tagCard(stage, stages[at - 1], chip))
  return html`<div class="pair">${cards}</div>`
}

/** What a stage did to the tags; those it left alone are only counted. */
function tagCard(stage: DemoStage, before: DemoStage | undefined, chip: Chip): Html {
  const columns = [{ head: 'Tag', isName: true }, { head: 'Digest' }, { head: 'Change' }]
  const all = Object.entries(stage.tags)
  const changed = all.filter(([tag, digest]) => before?.tags[tag] !== digest)
  const rows = changed.map(([tag, digest]) => {
    const change = before?.tags[tag] === undefined ? 'NEW' : 'MOVED'
    return { cells: [html`<code>${line(tag, 200)}</code>`, chip(digest), badge('note', change)] }
  })
  const kept = all.length - changed.length
  return html`<div class="card">
    <h3>${line(stage.title, 120)}</h3>
    ${rows.length > 0 && table('New and moved tags', columns, rows)}
    ${kept > 0 && html`<p class="soft small">${count(kept, 'tag')} unchanged.</p>`}
    ${all.length === 0 && html`<p class="soft">No tags yet.</p>`}
  </div>`
}

function refusalsCard({ refusals }: DemoStory): Html {
  const columns = [
    { head: 'Result' },
    { head: 'Gate', isName: true },
    { head: 'Why', isText: true },
    { head: 'Stage' },
  ]
  const rows = refusals.map(({ stage, gate, reason }) => ({
    cells: [badge('fail', 'REFUSED'), line(gate, 60), line(reason, 1000), line(stage, 120)],
  }))
  return html`<div class="card">
    ${table('A refusal changes nothing: no copy, no tag, no record', columns, rows)}
  </div>`
}

function rollbackCard({ rollback }: DemoStory, chip: Chip): Html {
  return html`<div class="card">
    <p class="swap">${chip(rollback.from)}${icons.arrow}${chip(rollback.to)}</p>
    <p>
      A rollback is a promotion of an earlier digest: checked, recorded, tagged and delivered like any other.
    </p>
  </div>`
}

function tamperCard({ tamper }: DemoStory): Html {
  return html`<div class="card">
    <p>${line(tamper.what, 600)}</p>
    <p>${badge('fail', 'DETECTED')} ${line(tamper.found, 600)}</p>
  </div>`
}
