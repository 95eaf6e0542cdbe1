import type { CheckResult } from '../pipeline/check-outcome.ts'

/** The words for a result; what needs somebody first. */
export const checkWords: Readonly<Record<CheckResult['result'], string>> = {
  fail: 'FAIL',
  error: 'ERROR',
  missing: 'MISSING',
  pass: 'PASS',
  planned: 'WOULD RUN',
}

/** As answers call a check. */
export function checkName({ check, application }: CheckResult): string {
  return application === undefined ? check : `${application} ${check}`
}
