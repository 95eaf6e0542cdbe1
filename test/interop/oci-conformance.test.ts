import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { run } from '../../src/base/command.ts'
import type { RegistryAuth } from '../../src/embedded/index.ts'
import { startRegistry, temporaryDirectory } from '../support/embedded-registry.ts'
import { findTool } from '../support/outside-tool.ts'

// The conformance programme of the OCI distribution specification, found under this name on the PATH or in
// $WAYBILL_TOOLS/bin. Its Go module is not on the public module proxy, so it cannot be installed from here.
const PROGRAM = 'oci-conformance'

const users = new Map([['ann', 'a secret']])

interface Case {
  readonly version: '1.0' | '1.1' | 'dev'
  readonly auth?: RegistryAuth
  readonly sparse?: boolean
}

const cases: readonly Case[] = [
  { version: '1.0' },
  { version: '1.1' },
  { version: 'dev', sparse: true },
  { version: '1.1', auth: { kind: 'basic', users } },
  { version: '1.1', auth: { kind: 'bearer', users } },
]

describe('OCI distribution conformance of the embedded registry', () => {
  for (const { version, auth, sparse = false } of cases) {
    const how = `${auth?.kind ?? 'no'} auth${sparse ? ', sparse manifests' : ''}`
    it(`has no failure for ${version} with ${how}`, { timeout: 120_000 }, async (t) => {
      const program = await findTool(PROGRAM)
      if (program === undefined) return t.skip(`${PROGRAM} is not on this machine`)
      const registry = await startRegistry(t, { ...(auth && { auth }), sparse })
      const results = await temporaryDirectory(t)
      const env = {
        OCI_REGISTRY: registry.address,
        OCI_TLS: 'disabled',
        OCI_VERSION: version,
        OCI_RESULTS_DIR: results,
        ...(auth && { OCI_USERNAME: 'ann', OCI_PASSWORD: 'a secret' }),
        ...(sparse && { OCI_DATA_SPARSE: 'true' }),
      }
      const { stdout } = await run(program, [], { env, cwd: results, accept: [0, 1], timeout: 110_000 })
      const report = stdout.toString('utf8')
      const counts = countsOf(await readFile(join(results, 'junit.xml'), 'utf8'))
      t.diagnostic(
        `${PROGRAM} ${/^ *commit: .*$/m.exec(report)?.[0].trim() ?? ''}: ${JSON.stringify(counts)}`,
      )
      assert.deepEqual(
        [counts.failures, counts.errors],
        [0, 0],
        report.slice(0, report.indexOf('Configuration:')),
      )
      // An anonymous mount cannot be authorised by a token for one repository; every other case must run.
      if (auth?.kind !== 'bearer') assert.equal(counts.skipped, 0)
      assert.ok(counts.tests > 800, `only ${counts.tests} checks ran`)
    })
  }
})

function countsOf(junit: string): { tests: number; failures: number; errors: number; skipped: number } {
  const [root = ''] = /<testsuites [^>]*>/.exec(junit) ?? []
  // The programme leaves out what is zero.
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0)
  return {
    tests: count('tests'),
    failures: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
  }
}
