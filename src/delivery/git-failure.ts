import { fail, printable } from '../base/index.ts'
import type { DeclaredError } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'

// git's English (LC_ALL=C), GitHub's, GitLab's and Azure's. The first that fits counts.
const FETCH: readonly (readonly [RegExp, DeclaredError])[] = [
  [/couldn't find remote ref|Remote branch .* not found/i, deliveryErrors.BRANCH_MISSING],
  [
    /Authentication failed|could not read (?:Username|Password)|Permission denied|terminal prompts disabled|access denied|not authorized|returned error: 40[13]|HTTP Basic|dubious ownership/i,
    deliveryErrors.GIT_DENIED,
  ],
]

/** What a failed fetch or listing means. */
export function fetchFailure(stderr: string, shown: string, branch: string) {
  const [, code] = FETCH.find(([pattern]) => pattern.test(stderr)) ?? [
    undefined,
    deliveryErrors.GIT_UNREACHABLE,
  ]
  if (code === deliveryErrors.BRANCH_MISSING)
    return fail(code, { message: `Found no branch ${branch} with a commit in ${shown}.`, where: shown })
  return fail(code, { message: `git could not read ${shown}: ${said(stderr)}`, where: shown })
}

/** The part of git's output worth showing: its last lines, made safe to print. */
export function said(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^(?:fatal|error|remote|warning): ?/, '').trim())
  return printable(lines.filter(Boolean).slice(-4).join(' ')) || 'it said nothing'
}
