import { REPORT, reportIn } from '../../attestation/index.ts'
import type { ReportClaim, ToolRun } from '../../tools/index.ts'

/** A claim with what only is known of a run: the tool's bytes and version, when it ran, and which commits it saw. */
export function told(claim: ReportClaim, run: ToolRun, commits: string | undefined): ReportClaim {
  const { tool, startedOn, finishedOn } = run
  const more = { digest: tool.digest, ...(tool.version && { version: tool.version }) }
  return withFacts(claim, { startedOn, finishedOn, ...(commits !== undefined && { commits }) }, more)
}

/** Adds to Waybill's account of a report what the report does not say itself. */
export function withFacts(
  claim: ReportClaim,
  facts: Readonly<Record<string, unknown>>,
  tool: Readonly<Record<string, unknown>> = {},
): ReportClaim {
  const before = reportIn(claim.predicate)
  if (!before) return claim
  const report = { ...facts, ...before, tool: { ...tool, ...before.tool } }
  return { ...claim, predicate: { ...claim.predicate, [REPORT]: report } }
}
