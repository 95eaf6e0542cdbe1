import type { CheckCommand, CheckOutcome } from '../../pipeline/check-outcome.ts'
import { checkMarkdown, checkText } from '../../report/index.ts'
import type { Answer } from '../command.ts'
import { given, optional, repeated, toggle } from '../flags.ts'

/** Flags of `check` and `test`. */
export interface CheckFlags {
  readonly only: readonly string[] | undefined
  readonly reports: string | undefined
  readonly evidence: string | undefined
  readonly dryRun: boolean | undefined
}

export const checkFlags = {
  only: repeated('name', 'Only this one of waybill.yaml; may be repeated'),
  reports: optional('folder', 'Keep the raw reports there'),
  evidence: optional('file', 'Sign the results as statements about the commit, a bundle on each line'),
  dryRun: toggle('Show what would run, run nothing'),
}

export function checkCommand(flags: CheckFlags, application: string | undefined): CheckCommand {
  const { only, reports, evidence, dryRun } = flags
  return given({ application, only, reports, evidence, dryRun })
}

/** 3: something was found. 1: not everybody could tell. */
export function checkAnswer(outcome: CheckOutcome): Answer {
  return {
    exit: EXITS[outcome.outcome],
    value: outcome,
    text: (paint) => checkText(outcome, paint),
    markdown: () => checkMarkdown(outcome),
  }
}

const EXITS: Readonly<Record<CheckOutcome['outcome'], Answer['exit']>> = {
  pass: 0,
  planned: 0,
  fail: 3,
  error: 1,
}
