import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { factsWith, provenanceOf, testsOf, verified } from '../../test/support/policy-facts.ts'
import { buildFacts, provenance } from '../attestation/index.ts'
import { evaluate, gatesSchema } from './index.ts'
import type { Facts } from './index.ts'
import { cpuTime } from '../../test/support/cpu-time.ts'

const COVERAGE = 'https://example.com/coverage/v1'

async function run(cel: unknown, facts: Facts) {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([{ cel }]), facts)).gates
  assert.ok(verdict)
  return verdict
}

async function flawOf(cel: unknown): Promise<string> {
  const read = await gatesSchema.safeParseAsync([{ cel }])
  assert.equal(read.success, false, `${JSON.stringify(cel)} should be refused`)
  return JSON.stringify(read.error?.issues)
}

const facts = factsWith(
  [
    verified('https://example.com/coverage/v1', { line: 83, branches: 71.5 }),
    verified('test-result', testsOf('unit', 'PASSED')),
    verified('test-result', testsOf('e2e', 'PASSED')),
    verified('test-result', testsOf('e2e', 'FAILED')),
  ],
  { build: buildFacts(provenance.parse(provenanceOf())) },
)

describe('gate cel', () => {
  const outcomes: readonly (readonly [string, 'pass' | 'fail' | 'error'])[] = [
    ['evidence.coverage.line >= 80', 'pass'],
    ['evidence.coverage.line == 83 && evidence.coverage.branches > 71', 'pass'],
    [`evidence["${COVERAGE}"].line >= 90`, 'fail'],
    ['statements.coverage.all(s, s.predicate.line >= 80 && s.signer == "ci")', 'pass'],
    ['tests.unit.result == "PASSED" && tests.unit.passed == 2', 'pass'],
    ['tests.e2e.result == "FAILED"', 'pass'],
    ['build.branch == "dev" && build.event == "push" && !build.dirty', 'pass'],
    ['build.author.endsWith("@example.com")', 'pass'],
    ['image.platforms == ["linux/amd64"]', 'pass'],
    ['image.annotations["org.opencontainers.image.version"] == "1.4.0"', 'pass'],
    ['image.annotations["org.opencontainers.image.version"].safeMatches("^[0-9]+[.]4[.]")', 'pass'],
    ['application == "ordersvc" && environment == "staging"', 'pass'],
    ['now < timestamp("2026-03-01T12:00:01Z") && now.getHours("Europe/Berlin") == 13', 'pass'],
    ['"coverage" in evidence && !("mutation" in evidence)', 'pass'],
    // Absent, of the wrong type, or not a bool: could not tell.
    ['evidence.mutation.score > 50', 'error'],
    ['statements.mutation.all(s, true)', 'error'],
    ['tests.smoke.result == "PASSED"', 'error'],
    ['evidence.coverage.line.size() == 2', 'error'],
    ['evidence.coverage.line', 'error'],
    ['image.annotations.nope == ""', 'error'],
    ['"a".safeMatches("(")', 'error'],
    // Several statements of a type: asking "the" one for a field is no answer.
    ['evidence["test-result"].result == "PASSED"', 'error'],
    ['evidence.coverage.constructor == 1', 'error'],
  ]
  for (const [expression, result] of outcomes) {
    test(`${expression} → ${result}`, async () => {
      const verdict = await run(expression, facts)
      assert.equal(verdict.result, result, verdict.reason)
    })
  }

  test('says why in the words of the configuration', async () => {
    const verdict = await run(
      { expression: 'evidence.coverage.line >= 90', reason: 'Line coverage is under 90 %.' },
      facts,
    )
    assert.equal(verdict.reason, 'Line coverage is under 90 %.')
    assert.match(
      (await run('evidence.mutation.score > 1', facts)).reason,
      /^Could not be evaluated: No such key: mutation/,
    )
  })

  test('an unknown build is an error, never a default', async () => {
    assert.equal((await run('!build.dirty', factsWith([]))).result, 'error')
    assert.equal((await run('build.author != "x"', factsWith([]))).result, 'error')
  })
})

describe('cel is checked when the configuration is read', () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    ['evidnce.coverage.line > 1', /Unknown variable: evidnce, at character 1 of/],
    ['application == "x" && build.brnch == "x"', /No such key: brnch, at character 29 of/],
    ['application', /the result is a string, expected a bool/],
    ['1 + "a" == 2', /no such overload: int \+ string/],
    ['application ==', /Unexpected token: EOF, at character 15 of/],
    ['"a".matches("^(a+)+$")', /safeMatches/],
    ['["x"].exists(p, has(image.digest) && p.matches("x"))', /safeMatches/],
    ['cel.bind(x, "a", x == "a")', /not supported/],
    ['[1].all(a, [1].all(b, [1].all(c, a + b + c > 0)))', /loops nested deeper than 2/],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, /depth/i],
    [Array.from({ length: 600 }, () => 'true').join('&&'), /./],
    ['t'.repeat(5000), /the limit is 4096/],
    ['', /./],
    [{ expression: 'true', because: 'x' }, /because/],
    [5, /./],
  ]
  for (const [cel, message] of refused) {
    test(`${JSON.stringify(cel).slice(0, 60)}`, async () => assert.match(await flawOf(cel), message))
  }

  test('a pattern that ruins backtracking engines takes no time', async () => {
    const hostile = factsWith([
      verified('https://example.com/coverage/v1', { text: `${'a'.repeat(50_000)}!` }),
    ])
    const start = cpuTime()
    assert.equal((await run('evidence.coverage.text.safeMatches("^(a+)+$")', hostile)).result, 'fail')
    assert.ok(cpuTime() - start < 2_000)
  })
})
