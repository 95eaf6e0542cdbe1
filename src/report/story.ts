import { stageText } from './demo.ts'
import type { DemoStage } from './demo.ts'
import { wrap } from './layout.ts'
import type { Paint } from './paint.ts'
import { line } from './words.ts'

/** What the demo tells while it runs. */
export type StoryEvent =
  | { readonly kind: 'chapter'; readonly number: number; readonly title: string; readonly why: string }
  /** A command as a person would type it. */
  | { readonly kind: 'command'; readonly line: string }
  | { readonly kind: 'result'; readonly mood: StoryMood; readonly text: string }
  /** What registries and environments hold now, and what they held before. */
  | { readonly kind: 'snapshot'; readonly stage: DemoStage; readonly before: DemoStage | undefined }

export type StoryMood = 'good' | 'refused' | 'waiting' | 'note'

const WIDTH = 80
const WORDS = { good: 'OK', refused: 'NO', waiting: 'WAIT', note: '' } as const

/** One event of the demo's story as lines for a terminal or a log. */
export function storyText(event: StoryEvent, paint: Paint): string {
  switch (event.kind) {
    case 'chapter':
      return `\n${paint.bold(`${event.number}. ${line(event.title, 74)}`)}\n${indented(line(event.why), 3).map(paint.dim).join('\n')}`
    case 'command':
      return indented(`$ ${line(event.line)}`, 3, '    ')
        .map(paint.accent)
        .join('\n')
    case 'result':
      return resultText(event, paint)
    case 'snapshot':
      return `\n${stageText(event.stage, event.before, paint).trimEnd().replaceAll(/^/gm, '   ')}`
  }
}

function resultText({ mood, text }: Extract<StoryEvent, { kind: 'result' }>, paint: Paint): string {
  const tone = { good: paint.good, refused: paint.bad, waiting: paint.wait, note: paint.dim }[mood]
  const [first = '', ...rest] = wrap(line(text, 600), WIDTH - 10)
  const mark = tone(WORDS[mood].padEnd(4))
  return [`     ${mark} ${first}`, ...rest.map((more) => `          ${more}`)].join('\n')
}

function indented(text: string, by: number, hang = ''): readonly string[] {
  return wrap(text, WIDTH - by, hang).map((one) => ' '.repeat(by) + one)
}
