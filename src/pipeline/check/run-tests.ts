import type { CheckOutputs, CheckParts } from './check-parts.ts'
import { askSonar, tokenVariable } from './ask-sonar.ts'
import { refuseDocument, signersReady } from './evidence.ts'
import type { CheckCommand, CheckOutcome } from '../check-outcome.ts'
import type { Checked } from './checked.ts'
import { NOTHING } from './checked.ts'
import { chosen, outcomeOf, written } from './run-checks.ts'
import { runItem } from './run-item.ts'
import type { Item } from './run-item.ts'
import { runSuite } from './run-suite.ts'
import type { Tests } from './schema.ts'
import { cleanSource, sourceTree } from './source-tree.ts'

/** One application and its tests. */
export interface TestedApplication {
  readonly name: string
  readonly source?: string | undefined
  readonly tests?: Tests | undefined
}

/**
 * Runs or reads the test suites, one after another, then asks for SonarQube's quality gate, which sees their coverage.
 * @throws CHECKS_UNCONFIGURED, SOURCE_DIRTY, SOURCE_UNKNOWN, KEY_*; what keeps a suite from telling is its result
 */
export async function runTests(
  applications: readonly TestedApplication[],
  { only, dryRun = false }: Pick<CheckCommand, 'only' | 'dryRun'>,
  outputs: CheckOutputs,
  parts: CheckParts,
): Promise<CheckOutcome> {
  const items = chosen(itemsOf(applications, outputs, parts), only, 'test suite')
  const tree = await sourceTree(applications.find(({ source }) => source)?.source, parts)
  const source = outputs.evidence && cleanSource(tree)
  if (source) await signersReady(false, parts)
  const done: Awaited<ReturnType<typeof runItem>>[] = []
  for (const item of items) {
    const work: Item['work'] = (onOutput) => (dryRun ? Promise.resolve(planned(item)) : item.work(onOutput))
    done.push(await runItem({ ...item, work }, items.length, parts))
  }
  const results = done.map(({ result }) => result)
  const claims = done.flatMap((one) => one.claims)
  return {
    kind: 'test',
    outcome: outcomeOf(results),
    applications: applications.map(({ name }) => name),
    ...(tree.commit !== undefined && { commit: tree.commit, dirty: tree.dirty }),
    checks: results,
    ...(await written(claims, source, dryRun ? undefined : outputs.evidence, parts)),
  }
}

interface TestItem extends Item {
  readonly command: readonly string[] | undefined
}

/** Tests that all applications share run once. */
function itemsOf(
  applications: readonly TestedApplication[],
  { reports }: CheckOutputs,
  parts: CheckParts,
): readonly TestItem[] {
  const shared = applications[0]?.tests
  const isShared = applications.every(({ tests }) => tests === shared)
  if (isShared) return shared ? ownItems(shared, undefined, reports, parts) : []
  return applications.flatMap(({ name, tests }) => (tests ? ownItems(tests, name, reports, parts) : []))
}

function ownItems(
  { suites, sonar }: Tests,
  application: string | undefined,
  reports: string | undefined,
  parts: CheckParts,
): readonly TestItem[] {
  const env = { ...parts.env }
  // Of the scanner alone.
  if (sonar) delete env[tokenVariable(sonar)]
  const items = suites.map((suite): TestItem => {
    const work: Item['work'] = async (onOutput) => {
      const checked = await runSuite({ suite, application, env, reports, onOutput }, parts)
      for (const claim of checked.claims) refuseDocument(claim, suite.name)
      return checked
    }
    return { name: suite.name, application, command: suite.run, work }
  })
  if (!sonar) return items
  const work: Item['work'] = (onOutput) => askSonar(sonar, { application, env, onOutput }, parts)
  return [...items, { name: 'sonarqube', application, command: sonar.run, work }]
}

function planned({ name, application, command }: TestItem): Checked {
  const reason = command ? 'would run' : 'would read its reports'
  const who = application === undefined ? {} : { application }
  const result = { check: name, ...who, ...NOTHING, result: 'planned' as const, reason }
  return { result: { ...result, ...(command && { command }) }, claims: [] }
}
