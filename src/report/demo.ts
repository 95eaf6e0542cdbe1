import type { TraceAnswer } from '../insight/answers.ts'
import { columns } from './layout.ts'
import type { Paint } from './paint.ts'
import { line, shortDigestText } from './words.ts'

const WIDTH = 80

/** What the registry and the environments held after one stage of the demo. */
export interface DemoStage {
  /** Short name for programs: `pr-101`. */
  readonly stage: string
  /** For people: `PR #101 is built`. */
  readonly title: string
  /** `environment or repository:tag` → digest. */
  readonly tags: Readonly<Record<string, string>>
  readonly environments: Readonly<Record<string, string>>
}

/** Everything the demo did, as its page and its JSON tell it. */
export interface DemoStory {
  readonly stages: readonly DemoStage[]
  readonly refusals: readonly { readonly stage: string; readonly gate: string; readonly reason: string }[]
  readonly rollback: { readonly from: string; readonly to: string }
  /** What was changed behind Waybill's back, and how it was found. */
  readonly tamper: { readonly what: string; readonly found: string }
  /** The road of the released digest. */
  readonly trace: TraceAnswer
}

/** One stage as text: the tags that are new or moved, and what each environment holds. */
export function stageText(stage: DemoStage, before: DemoStage | undefined, paint: Paint): string {
  const tags = inOrder(stage.tags).map(([tag, digest]) => {
    const was = before?.tags[tag]
    const change = was === undefined ? paint.accent('new') : was === digest ? '' : paint.wait('moved')
    return [`    ${line(tag, 60)}`, shortDigestText(digest), change]
  })
  const places = Object.entries(stage.environments).map(([name, digest]) => [
    `    ${line(name, 60)}`,
    shortDigestText(digest),
    digest === before?.environments[name] ? '' : paint.accent('new'),
  ])
  return `${[
    paint.bold(line(stage.title, 78)),
    ...(tags.length > 0 ? [paint.dim('  tags'), ...columns(tags, WIDTH)] : ['  no tags yet']),
    ...(places.length > 0 ? [paint.dim('  environments'), ...columns(places, WIDTH)] : []),
  ].join('\n')}\n`
}

/** Objects put keys such as `1` first; people read tags in the order of their names. */
function inOrder(tags: DemoStage['tags']): readonly (readonly [string, string])[] {
  return Object.entries(tags).toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
}
