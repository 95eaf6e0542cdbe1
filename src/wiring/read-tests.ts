import { predicateTypes } from '../attestation/index.ts'
import type { ReadTests } from '../promotion/index.ts'
import { readJUnit, testResultPredicate } from '../tools/index.ts'

/** JUnit files → the claim that a suite passed or failed. */
export function testReader(readFile: (path: string) => Promise<Buffer>): ReadTests {
  return async (suite, files) => {
    const reports = await Promise.all(files.map(async (file) => readJUnit(await readFile(file), file)))
    const predicate = testResultPredicate(suite, reports)
    const { passed = 0, failed = 0 } = predicate.configuration[0]?.annotations ?? {}
    return {
      predicateType: predicateTypes['test-result'],
      predicate: { ...predicate },
      fact: 'tests',
      summary: `${suite} tests ${predicate.result} (${String(passed)} passed, ${String(failed)} failed)`,
    }
  }
}
