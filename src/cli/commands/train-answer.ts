import type { TrainAnswer } from '../../promotion/train-answer.ts'
import { trainMarkdown, trainText, trainTold } from '../../report/index.ts'
import type { Answer, Invocation } from '../command.ts'
import { given } from '../flags.ts'
import { usage } from '../usage.ts'
import type { PromoteFlags } from './promote-flags.ts'

export interface TrainFlags extends PromoteFlags {
  readonly set: string
  readonly dryRun: boolean
}

const EXIT = { done: 0, error: 1, refused: 3, pending: 4 } as const

/** The answer of `plan --set` and `promote --set`: what one promotion takes as words, here stands in the file. */
export async function trainAnswer(
  invocation: Invocation,
  flags: TrainFlags,
  application: string | undefined,
  command: string,
): Promise<Answer> {
  const { set, dryRun, reason, requestedBy, ticket, to, image, from, version, ref } = flags
  const beside = Object.entries({ to, image, from, version, ref }).find(([, value]) => value !== undefined)
  if (application !== undefined || beside) {
    const what = beside ? `--${beside[0]}` : `the application ${application}`
    throw usage(`Found ${what} beside --set, expected it in the file`, [command])
  }
  if (flags.breakGlass) throw usage('--break-glass is for one promotion, not for --set', [command])
  const { cwd, env, signal, onStep, clock, configFile } = invocation
  const { openTrain } = await import('../../wiring/index.ts')
  const value: TrainAnswer = await openTrain(
    { file: set, dryRun, ...given({ reason, requestedBy, ticket }) },
    { configFile, cwd, env, signal, onStep, clock },
  )
  return {
    exit: EXIT[value.outcome],
    value,
    text: (paint) => trainText(value, paint),
    markdown: () => trainMarkdown(value),
    told: () => trainTold(value),
  }
}
