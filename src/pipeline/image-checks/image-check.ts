import { reportIn } from '../../attestation/index.ts'
import type { Evidence, ReportFacts } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { ImageCopy, ImageTool, ReadyProgram, ReportClaim, ReportHints } from '../../tools/index.ts'
import type { ImageCheck } from '../scan-outcome.ts'
import { knownAnswer } from './known-check.ts'

/** A claim of a tool that has just run. */
export interface Found {
  readonly check: string
  readonly platform: { readonly name: string; readonly manifest: Digest }
  readonly ready: ReadyProgram | undefined
  readonly hints: ReportHints
  readonly claim: ReportClaim
}

/** What need not be looked for again. Structure tests take seconds and change with the source: those are always run. */
export function knownOf(tool: ImageTool, copy: ImageCopy, said: Evidence, now: Date): readonly ImageCheck[] {
  const { name } = tool.program
  if (tool.kinds.includes('structure')) return []
  const answers = tool.kinds.map((kind) => ({
    kind,
    answer: knownAnswer(said, { tool: name, kind, manifest: copy.manifest, platform: copy.platform, now }),
  }))
  if (answers.some(({ answer }) => answer === undefined)) return []
  return answers.map(({ kind, answer }) => ({
    check: name,
    kind,
    platform: copy.platform,
    digest: copy.manifest,
    outcome: 'already',
    summary: 'signed by an earlier run',
    counts: countsOf(answer && reportIn(answer.statement.predicate)),
    tool: { name },
    ...(answer && { payload: answer.payload }),
  }))
}

/** What the report counts, and its findings by severity where it counts them otherwise. */
function countsOf(told: ReportFacts | undefined): ImageCheck['counts'] {
  const rated = Map.groupBy(told?.findings ?? [], ({ severity }) => severity)
  const bySeverity = [...rated].map(([severity, all]) => [severity, all.length] as const)
  return { ...Object.fromEntries(bySeverity), ...told?.counts }
}

/** What came of it. */
export function checkOf(
  { check, platform, ready: program, hints, claim }: Found,
  attached: Pick<ImageCheck, 'outcome' | 'payload'> | undefined,
): ImageCheck {
  const { kind, summary, predicate } = claim
  const told = reportIn(predicate)
  return {
    check,
    kind,
    platform: platform.name,
    digest: platform.manifest,
    outcome: attached?.outcome ?? 'planned',
    summary,
    counts: countsOf(told),
    tool: {
      name: check,
      ...(program?.version !== undefined && { version: program.version }),
      ...(program && { digest: program.digest }),
    },
    ...((told?.database?.builtOn ?? hints.databaseOn) !== undefined && {
      databaseOn: told?.database?.builtOn ?? hints.databaseOn ?? '',
    }),
    ...(told?.endOfLife && { endOfLife: true }),
    ...(attached?.payload && { payload: attached.payload }),
  }
}
