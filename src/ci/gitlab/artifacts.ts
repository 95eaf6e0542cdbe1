import type { Step } from '../flow.ts'
import { block, flowList, scalar } from '../text.ts'
import { FILES } from './obtain.ts'

/** What a job leaves: files for people and later jobs, reports that GitLab shows, the digest as variables. */
export function artifactsOf(steps: readonly Step[], isAwaited: boolean): readonly string[] {
  const kept = steps.flatMap((step) => (step.do === 'keep' ? [step] : []))
  const reports = [
    ...(isAwaited ? [`dotenv: ${FILES}/waybill.env`] : []),
    ...steps.flatMap((step) => (step.do === 'publish' ? report(step) : [])),
  ]
  if (kept.length === 0 && reports.length === 0) return []
  const shown = kept.some(({ name }) => name.startsWith('comment-'))
  return block('artifacts', [
    'when: always',
    `expire_in: ${Math.max(2, ...kept.map(({ days }) => days))} days`,
    ...(shown
      ? [
          '# The merge request shows it: a comment would need a token that may write there.',
          'expose_as: Waybill',
        ]
      : []),
    ...(kept.length > 0
      ? [`paths: ${flowList([...new Set(kept.map(({ folder }) => `${here(folder)}/`))])}`]
      : []),
    ...block('reports', reports),
  ])
}

function report({ what, files }: Extract<Step, { do: 'publish' }>): readonly string[] {
  if (what === 'tests') return [`junit: ${scalar(here(files))}`]
  if (what === 'coverage')
    return [`coverage_report: { coverage_format: cobertura, path: ${scalar(here(files))} }`]
  // GitLab has no place for SARIF; the file is among the artifacts.
  return []
}

function here(path: string): string {
  return path.replace('{temp}', FILES)
}
