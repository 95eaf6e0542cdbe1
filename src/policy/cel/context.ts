import type { VerifiedStatement } from '../../attestation/index.ts'
import { predicateName, predicateTypes } from '../../attestation/index.ts'
import { formatPlatform } from '../../oci/index.ts'
import type { Facts } from '../facts.ts'
import { reportsOf } from '../reports.ts'
import type { Reported } from '../reports.ts'
import type { CelContext } from './compile.ts'

/** Facts as an expression sees them. What is not known is absent, so that asking for it is an error, never a pass. */
export function celContext(facts: Facts): CelContext {
  const { image, build } = facts
  const statements = statementsByName(facts.evidence.valid)
  return {
    now: facts.now,
    application: facts.application,
    environment: facts.environment,
    image: {
      digest: image.digest,
      mediaType: image.mediaType,
      annotations: image.annotations,
      platforms: image.platforms.map(({ platform }) => formatPlatform(platform)),
    },
    build: known({
      source: build?.source,
      commit: build?.commit,
      branch: build?.branch,
      event: build?.event,
      builder: build?.builderId,
      author: build?.author,
      dirty: build?.dirty,
    }),
    statements,
    evidence: Object.fromEntries(Object.entries(statements).map(([name, all]) => [name, onlyPredicate(all)])),
    tests: testsBySuite(facts),
  }
}

interface Shown {
  readonly predicate: object
  readonly signer: string
}

// One statement: its predicate. Several: a list, on which asking for a field is an error rather than a guess.
function onlyPredicate(all: readonly Shown[]): unknown {
  const [first, ...others] = all.map((entry) => entry.predicate)
  return others.length === 0 ? first : [first, ...others]
}

function statementsByName(valid: readonly VerifiedStatement[]): Readonly<Record<string, readonly Shown[]>> {
  const named = valid.flatMap(({ predicateType, statement, signer }) =>
    namesOf(predicateType).map((name) => ({
      name,
      shown: { predicate: statement.predicate, signer: signer.id },
    })),
  )
  const groups = Map.groupBy(named, (entry) => entry.name)
  return Object.fromEntries([...groups].map(([name, entries]) => [name, entries.map((entry) => entry.shown)]))
}

/** Waybill's short name; for any other type the whole URI and its last word: `https://example.com/coverage/v1` → `coverage`. */
function namesOf(predicateType: string): readonly string[] {
  const name = predicateName(predicateType)
  if (name !== predicateType) return [name]
  const words = predicateType.split('/').slice(3)
  const word = words.findLast((part) => !/^v?\d+(\.\d+)*$/.test(part)) ?? ''
  const usable = /^[A-Za-z_][A-Za-z0-9_]*$/.test(word) && !(word in predicateTypes)
  return usable ? [predicateType, word] : [predicateType]
}

function testsBySuite(facts: Facts): Readonly<Record<string, unknown>> {
  const rank = { FAILED: 2, WARNED: 1, PASSED: 0 } as const
  // Scans and coverage are test results by type; their names are no suites.
  const { read } = reportsOf(facts.evidence, ['tests'])
  const worstLast = read.toSorted((a, b) => rank[a.predicate.result] - rank[b.predicate.result])
  return Object.fromEntries(
    worstLast.map(({ predicate }) => [predicate.configuration[0]?.name ?? '', suite(predicate)]),
  )
}

function suite(predicate: Reported['predicate']) {
  return {
    result: predicate.result,
    passed: BigInt(predicate.passedTests?.length ?? 0),
    warned: BigInt(predicate.warnedTests?.length ?? 0),
    failed: BigInt(predicate.failedTests?.length ?? 0),
  }
}

function known(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
