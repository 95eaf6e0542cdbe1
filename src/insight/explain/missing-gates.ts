import type { Gate, GateVerdict, Verdict } from '../../policy/index.ts'
import type { MissingGate, PlanDelta } from '../../promotion/index.ts'

/** What a mending command is made of. */
export interface MissingOrder {
  readonly application: string
  readonly environment: string
  /** Upstream environments of `environment`. */
  readonly upstream: readonly string[]
  /** The environment in whose repository the image is looked at; undefined = where it was built. */
  readonly from: string | undefined
  readonly digest: string
  readonly gates: readonly Gate[]
}

type Mend = (order: MissingOrder, gate: Readonly<Record<string, unknown>>) => string | undefined

/** Evidence belongs where the image is looked at: what is attested elsewhere does not travel here by itself. */
const attest = ({ application, digest, from }: MissingOrder, what: string) =>
  `waybill attest ${application} ${digest}${from === undefined ? '' : ` --environment ${from}`} ${what}`

const attestReport =
  (file: string): Mend =>
  (order) =>
    attest(order, `--report ${file}`)

/** By gate kind: the command that gives what the gate lacks. A kind that nothing on the command line mends has none. */
const MENDS: Readonly<Record<string, Mend>> = {
  after: ({ application, upstream }) =>
    upstream[0] === undefined ? undefined : `waybill promote ${application} --to ${upstream[0]}`,
  approval: ({ application, environment, digest }) =>
    `waybill approve ${application} ${environment} --image ${digest} --key KEY`,
  hold: ({ application, environment }) =>
    `waybill hold ${application} ${environment} --release --reason TEXT --key KEY`,
  quarantine: ({ application, environment, digest }) =>
    `waybill hold ${application} ${environment} --admit ${digest} --reason TEXT --key KEY`,
  passed: ({ application }, { environment }) =>
    Array.isArray(environment) ? `waybill pass ${application} ${String(environment[0])}` : undefined,
  provenance: ({ application }) => `waybill build ${application}`,
  signature: (order) => attest(order, '--signature'),
  tests: (order, { suites }) =>
    attest(order, `--report FILE --suite ${Array.isArray(suites) ? word(suites[0]) : 'NAME'}`),
  coverage: attestReport('COVERAGE'),
  quality: (order) => attest(order, '--sonar report-task.txt --sonar-url URL'),
  vulnerabilities: attestReport('SCAN'),
  sast: attestReport('SCAN'),
  secrets: attestReport('SCAN'),
  misconfiguration: attestReport('SCAN'),
  sbom: attestReport('SBOM'),
  licences: attestReport('SBOM'),
  structure: attestReport('RESULT'),
  canary: ({ application }, { environment }) => `waybill pass ${application} ${word(environment)}`,
  ticket: ({ application, environment }) =>
    `waybill promote ${application} --to ${environment} --ticket TICKET`,
}

const SCANNED: readonly string[] = ['vulnerabilities', 'secrets', 'misconfiguration', 'sast', 'licences']

/** One word of a shell's command line. */
function word(value: unknown): string {
  const text = String(value)
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Every gate that stands in the way, with the command that would mend it and the time before which it cannot pass. */
export function missingGates(verdict: Verdict, order: MissingOrder): readonly MissingGate[] {
  return verdict.gates
    .filter(({ result }) => result !== 'pass' && result !== 'waived')
    .map((judged) => {
      const command = mend(judged, verdict, order)
      return {
        gate: judged.gate,
        result: judged.result,
        ...(command !== undefined && { command }),
        ...(judged.earliest && { earliest: judged.earliest }),
      }
    })
}

function mend(judged: GateVerdict, { gates }: Verdict, order: MissingOrder): string | undefined {
  // A time is waited for, not typed.
  if (judged.earliest !== undefined || !Object.hasOwn(MENDS, judged.gate)) return undefined
  // The verdict has gates that the environment does not list; those of one kind are in its order.
  // What was found is mended in the source; another report of the same bytes would find it again.
  if (SCANNED.includes(judged.gate) && judged.findings?.length) return `waybill build ${order.application}`
  const nth = gates.filter(({ gate }) => gate === judged.gate).indexOf(judged)
  const gate = order.gates.filter(({ kind }) => kind === judged.gate)[nth]
  return MENDS[judged.gate]?.(order, gate ?? {})
}

/** The latest of what is waited for; undefined when a no, or what could not be told, has to be mended first. */
export function earliestOf({ result, gates }: Verdict): PlanDelta['earliest'] {
  if (result !== 'pending') return undefined
  const times = gates.flatMap((gate) => (gate.result === 'pending' && gate.earliest) || [])
  return times.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1)
}
