import type { EvidenceQuestions } from '../../wiring/workspace.ts'
import type { Invocation } from '../command.ts'
import { given, optional } from '../flags.ts'

export interface EvidenceFlags {
  readonly application: string | undefined
  readonly trust: string | undefined
}

export const evidenceFlags = {
  application: optional('application', 'Look for the image as this application'),
  trust: optional('file', 'Trust policy, in place of waybill.yaml; for a layout no network is needed'),
}

/** Opens an image by waybill.yaml, or under a trust policy alone, and asks about its evidence. */
export async function withEvidence<T>(
  invocation: Invocation,
  { application, trust }: EvidenceFlags,
  reference: string,
  ask: (questions: EvidenceQuestions) => Promise<T>,
): Promise<T> {
  if (trust === undefined)
    return invocation.workspace(async (open) =>
      ask(await open.evidence({ reference, ...given({ application }) })),
    )
  const { askCopy } = await import('../../wiring/index.ts')
  return askCopy({ reference, trustFile: trust }, invocation, ask)
}
