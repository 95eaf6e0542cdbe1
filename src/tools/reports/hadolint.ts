import * as z from 'zod'
import type { Finding, Severity } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { findingsClaim } from '../findings-claim.ts'
import type { ReportReader } from '../report-reader.ts'
import { failed, known, shapeOf, shortText } from '../report-shape.ts'

const complaint = z.object({
  file: z.string(),
  line: z.int().min(0),
  level: z.string(),
  code: z.string().min(1),
  message: z.string(),
})

const LEVELS = new Map<string, Severity>([
  ['error', 'high'],
  ['warning', 'medium'],
  ['info', 'low'],
  ['style', 'negligible'],
])

/** hadolint JSON. An empty list is a run that found nothing; it tells no format, so it must be given. */
export const hadolintReader: ReportReader = {
  format: 'hadolint',
  about: 'hadolint JSON',
  recognises: (report) => {
    const json = report.json()
    const first: unknown = Array.isArray(json) ? json[0] : undefined
    return isObject(first) && typeof first.code === 'string' && typeof first.level === 'string'
  },
  read: (report, hints) => {
    const found = shapeOf(report, z.array(complaint), 'the JSON report of hadolint')
    const unparsed = found.find(({ code }) => code === 'DL1000')
    if (unparsed)
      throw failed(
        `hadolint could not parse ${shortText(unparsed.file, 100)}, line ${unparsed.line}.`,
        report,
      )
    const tool = { name: 'hadolint', uri: 'https://github.com/hadolint/hadolint' }
    const told = { format: 'hadolint', kind: 'lint', tool, findings: found.map(findingOf) } as const
    return [findingsClaim(told, report, hints)]
  },
}

function findingOf({ file, line, level, code, message }: z.infer<typeof complaint>): Finding {
  return {
    id: code.slice(0, 400),
    severity: LEVELS.get(level) ?? 'unknown',
    location: `${shortText(file, 300) ?? '(no file)'}:${line}`,
    ...known({ title: shortText(message) }),
  }
}
