import * as z from 'zod'
import type { Finding } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { findingsClaim } from '../findings-claim.ts'
import type { ReportReader } from '../report-reader.ts'
import { known, shapeOf, shortText } from '../report-shape.ts'

// Only what is listed here is read: Secret, Match, Line and Message hold the secret, Author and Email a person.
const leak = z.object({
  RuleID: z.string().min(1),
  Description: z.string().nullish(),
  StartLine: z.int().min(0),
  File: z.string(),
  Commit: z.string().nullish(),
})

/** gitleaks JSON. An empty list is a run that found nothing; it tells no format, so it must be given. */
export const gitleaksReader: ReportReader = {
  format: 'gitleaks',
  about: 'gitleaks JSON',
  recognises: (report) => {
    const json = report.json()
    const first: unknown = Array.isArray(json) ? json[0] : undefined
    return isObject(first) && typeof first.RuleID === 'string' && 'StartLine' in first
  },
  read: (report, hints) => {
    const leaks = shapeOf(report, z.array(leak), 'the JSON report of gitleaks')
    const tool = { name: 'gitleaks', uri: 'https://github.com/gitleaks/gitleaks' }
    const told = { format: 'gitleaks', kind: 'secrets', tool, findings: leaks.map(findingOf) } as const
    return [findingsClaim(told, report, hints)]
  },
}

/** gitleaks rates nothing: every secret is of unknown severity. */
function findingOf({ RuleID, Description, StartLine, File, Commit }: z.infer<typeof leak>): Finding {
  const commit = Commit && /^[0-9a-f]{7,64}$/.test(Commit) ? ` at ${Commit.slice(0, 12)}` : ''
  return {
    id: RuleID.slice(0, 400),
    severity: 'unknown',
    location: `${shortText(File, 300) ?? '(no file)'}:${StartLine}${commit}`,
    ...known({ title: shortText(Description) }),
  }
}
