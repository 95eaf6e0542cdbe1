// Judges a full list of gates over much evidence, one thread: node bench/gates.ts [ITEMS] [ROUNDS].
// Prints JSON, milliseconds per evaluation: `first` in the process, the median over evidence never seen before (as it
// comes from the registry: nothing of it was read by a gate yet), and the median over the same evidence again.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readBuild } from '../src/attestation/index.ts'
import type { VerifiedStatement } from '../src/attestation/index.ts'
import { evaluate, gatesSchema, withStops } from '../src/policy/index.ts'
import type { Facts } from '../src/policy/index.ts'
import {
  enough,
  IMAGE,
  misconfiguration,
  mixed,
  NOW,
  PLATFORMS,
  POLICY,
  scan,
  SOURCE,
  STAGING,
  testRun,
} from './gate-evidence.ts'
import { median } from './median.ts'

const [items = 1_000, rounds = 7] = process.argv.slice(2).map(Number)

const gates = withStops(
  await gatesSchema.parseAsync([
    { provenance: { event: 'push', branches: ['main'] } },
    { signature: { count: 1 } },
    { tests: { suites: ['unit', 'integration', 'e2e'], minimum: 5, maxAge: '7d' } },
    { coverage: { line: 80, branch: 70 } },
    { secrets: {} },
    { misconfiguration: { block: ['critical', 'high'] } },
    { vulnerabilities: { block: ['critical', 'high'], maxAge: '24h' } },
    { sbom: { minComponents: 10 } },
    { licences: { deny: ['AGPL-3.0-or-later', 'GPL-3.0-only'] } },
    { passed: { environment: 'staging', soak: '24h' } },
    { approval: { count: 2, roles: ['release-manager'] } },
    { window: { allow: 'Mon-Thu 09:00-16:00 Europe/Berlin' } },
    { attested: { signers: ['ci'], name: 'unit', where: 'predicate.passedTests.size() >= 5' } },
    {
      cel: 'tests.unit.passed >= 5 && vulnerabilities.critical == 0 && reports.exists(r, r.kind == "secrets")',
    },
  ]),
)

function factsOf(valid: readonly VerifiedStatement[]): Facts {
  const since = new Date(NOW.getTime() - 70 * 3_600_000).toISOString()
  const [first] = valid
  return {
    now: NOW,
    application: 'ordersvc',
    environment: 'prod',
    source: SOURCE,
    image: {
      digest: IMAGE,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      platforms: PLATFORMS,
      annotations: {},
      details: undefined,
    },
    evidence: { valid, unusable: [] },
    build: first && readBuild(first.statement),
    upstream: [
      {
        environment: 'staging',
        repository: STAGING,
        occupancy: [{ digest: IMAGE, since, until: undefined, sequence: 1, record: POLICY }],
      },
    ],
    target: undefined,
    standing: [],
    quarantined: [],
    ticket: undefined,
    tickets: [],
    requestedBy: undefined,
    policyDigest: POLICY,
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function judge(facts: Facts): Promise<void> {
  const { result, gates: judged } = await evaluate(gates, facts)
  const stopping = judged.filter((one) => one.result !== 'pass')
  if (result !== 'pass') throw new Error(stopping.map(({ gate, reason }) => `${gate}: ${reason}`).join('\n'))
}

/** Milliseconds of this thread's CPU time for each; the kernel counts in steps of some milliseconds. */
async function timed(all: readonly Facts[]): Promise<number> {
  // The litter of making the evidence is not the gates'.
  collectGarbage()
  const before = process.threadCpuUsage()
  for (const facts of all) await judge(facts)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000 / all.length
}

/** Median of the rounds, of so many evaluations each. */
async function medianOf(given: () => Facts): Promise<number> {
  const spent: number[] = []
  for (let round = 0; round < rounds; round++) spent.push(await timed(Array.from({ length: EACH }, given)))
  return Number((median(spent) ?? 0).toFixed(1))
}

const EACH = 10

async function measure(valid: readonly VerifiedStatement[]) {
  const text = JSON.stringify(valid)
  const fresh = () => factsOf(JSON.parse(text) as readonly VerifiedStatement[])
  const first = await timed([fresh()])
  const unseen = await medianOf(fresh)
  const facts = fresh()
  await judge(facts)
  return { items: valid.length, first: Number(first.toFixed(1)), unseen, again: await medianOf(() => facts) }
}

const half = 2_500
const cases = {
  mixed: mixed(items),
  tests: [...enough(), ...Array.from({ length: items }, (_, run) => testRun(10 + run))],
  findings: [...enough(), ...PLATFORMS.map((_, run) => scan(run, half)), misconfiguration(0, 0)],
}
const measured: Record<string, object> = {}
for (const [name, valid] of Object.entries(cases)) measured[name] = await measure(valid)
process.stdout.write(`${JSON.stringify({ gates: gates.length, ...measured, node: process.version })}\n`)
