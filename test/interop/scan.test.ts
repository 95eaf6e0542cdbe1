import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { BuildOutcome } from '../../src/pipeline/outcome.ts'
import { NOWHERE, findTool, pinnedTrivy } from '../support/outside-tool.ts'
import { APP } from '../support/road.ts'
import { openScanRoad } from '../support/scan-road.ts'
import { writeGrypeDatabase } from '../support/grype-database.ts'
import { writeTrivyDatabase } from '../support/trivy-database.ts'

const tools = {
  trivy: await findTool('trivy'),
  grype: await findTool('grype'),
  syft: await findTool('syft'),
  cdxgen: await findTool('cdxgen'),
  'container-structure-test': await findTool('container-structure-test'),
}
const skipWithout = (name: keyof typeof tools) => (tools[name] ? false : `no ${name} on this machine`)

/** The root of a small Alpine Linux: one package that the database knows, and a key that nobody should ship. */
const FILES = {
  'etc/os-release': 'ID=alpine\nVERSION_ID=3.18.4\nNAME="Alpine Linux"\n',
  'lib/apk/db/installed': [
    'C:Q1abcdefghijklmnopqrstuvwxyz0=',
    'P:openssl',
    'V:3.1.0-r0',
    'A:x86_64',
    'S:1',
    'I:1',
    'T:toolkit',
    'L:Apache-2.0',
    'o:openssl',
    '',
    '',
  ].join('\n'),
  'app/server.js': 'listen()\n',
}
// In two halves: this file itself is no leak.
const LEAK = { 'app/settings': `github_token = ghp_${'016C7A8B9D0E1F2A3B4C'}${'5D6E7F8A9B0C1D2E'}\n` }

async function world(t: Parameters<typeof openScanRoad>[0], build: object, more: object = {}) {
  const made = await openScanRoad(t, {
    build: { target: '/', ...build },
    files: FILES,
    registry: 'docker-registry',
    ...more,
  })
  made.road.config.tools = await pinnedTrivy()
  made.road.write()
  for (const [name, path] of Object.entries(tools)) if (path) symlinkSync(path, join(made.bin, name))
  const cache = join(made.road.directory, 'trivy')
  mkdirSync(cache)
  Object.assign(made.road.env, {
    TRIVY_CACHE_DIR: cache,
    TRIVY_SKIP_DB_UPDATE: 'true',
    HTTPS_PROXY: NOWHERE,
    HTTP_PROXY: NOWHERE,
    NO_PROXY: '127.0.0.1',
  })
  const flaw = {
    distribution: 'alpine 3.18',
    package: 'openssl',
    id: 'CVE-2099-0001',
    severity: 'CRITICAL',
    fixedIn: '3.1.1-r0',
  } as const
  writeTrivyDatabase(cache, [flaw], new Date())
  writeFileSync(
    join(made.road.directory, 'structure.yaml'),
    'schemaVersion: 2.0.0\ncommandTests: [{ name: starts, command: node }]\nfileExistenceTests: [{ name: server, path: /app/server.js, shouldExist: true }]\n',
  )
  return made
}

const outcomeOf = (stdout: string) => JSON.parse(stdout) as BuildOutcome

describe('the real tools, on local disk', () => {
  it('Trivy with a database of one flaw: refused', { skip: skipWithout('trivy') }, async (t) => {
    const { road } = await world(
      t,
      { scan: ['trivy'], publish: 'admitted' },
      {
        gates: [{ vulnerabilities: { block: ['critical'] } }, { secrets: {} }],
        files: { ...FILES, ...LEAK },
      },
    )
    const run = await road.cli(['build', APP, '-o', 'json'])
    assert.equal(run.code, 3, run.stderr + run.stdout)
    const { checks = [], admission } = outcomeOf(run.stdout)
    assert.deepEqual(
      checks
        .map(
          ({ kind, platform, counts, endOfLife }) =>
            `${kind} ${platform} ${counts.critical} ${endOfLife ? 'ended' : ''}`,
        )
        .toSorted(),
      [
        'secrets linux/amd64 1 ',
        'secrets linux/arm64 1 ',
        'vulnerabilities linux/amd64 1 ended',
        'vulnerabilities linux/arm64 1 ended',
      ],
    )
    assert.match(
      JSON.stringify(admission),
      /CVE-2099-0001 \(critical, openssl 3\.1\.0-r0, fixed in 3\.1\.1-r0\)/,
    )
  })

  it(
    'Trivy that finds nothing says so of secrets too; without a database it is an error',
    { skip: skipWithout('trivy') },
    async (t) => {
      const { road } = await world(t, { scan: ['trivy'] }, { files: { 'server.js': 'x' } })
      const run = await road.cli(['build', APP, '-o', 'json'])
      assert.equal(run.code, 0, run.stderr)
      const kinds = outcomeOf(run.stdout).checks?.map(({ kind, counts }) => `${kind} ${counts.critical ?? 0}`)
      assert.deepEqual(kinds?.toSorted(), [
        'secrets 0',
        'secrets 0',
        'vulnerabilities 0',
        'vulnerabilities 0',
      ])
      road.env.TRIVY_CACHE_DIR = join(road.directory, 'empty')
      const bare = await road.cli(['scan', APP, outcomeOf(run.stdout).digest, '--with', 'trivy'])
      assert.equal(bare.code, 1)
      assert.match(bare.stderr, /TOOL_FAILED[\s\S]*no vulnerability database/)
    },
  )

  for (const sbom of ['syft', 'trivy', 'cdxgen'] as const)
    it(`an SBOM by ${sbom} of each platform, once`, { skip: skipWithout(sbom) }, async (t) => {
      const { road } = await world(
        t,
        { sbom, publish: 'admitted' },
        { gates: [{ sbom: { minComponents: 1 } }] },
      )
      const run = await road.cli(['build', APP, '-o', 'json'])
      assert.equal(run.code, 0, run.stderr + run.stdout)
      assert.equal(outcomeOf(run.stdout).checks?.length, 2)
      const again = await road.cli(['build', APP, '-o', 'json'])
      assert.equal(outcomeOf(again.stdout).outcome, 'already')
    })

  it(
    'container-structure-test: files are tested, commands are told as not run',
    { skip: skipWithout('container-structure-test') },
    async (t) => {
      const { road } = await world(
        t,
        { structure: 'structure.yaml', publish: 'admitted' },
        { gates: [{ structure: {} }] },
      )
      const run = await road.cli(['build', APP, '-o', 'json'])
      assert.equal(run.code, 0, run.stderr + run.stdout)
      const told = outcomeOf(run.stdout).checks?.map(({ counts }) => [
        counts.passed,
        counts.failed,
        counts.skipped,
      ])
      assert.deepEqual(told, [
        [1, 0, 1],
        [1, 0, 1],
      ])
      assert.equal(outcomeOf((await road.cli(['build', APP, '-o', 'json'])).stdout).outcome, 'already')
    },
  )

  it('Grype with a database of one flaw: refused', { skip: skipWithout('grype') }, async (t) => {
    const { road } = await world(
      t,
      { scan: ['grype'], publish: 'admitted' },
      { gates: [{ vulnerabilities: { block: ['critical'] } }] },
    )
    const cache = join(road.directory, 'grype')
    road.env.GRYPE_DB_AUTO_UPDATE = 'false'
    road.env.GRYPE_DB_CACHE_DIR = cache
    writeGrypeDatabase(
      cache,
      { release: '3.18', package: 'openssl', id: 'CVE-2099-0001', severity: 'critical', fixedIn: '3.1.1-r0' },
      new Date(),
    )
    const run = await road.cli(['build', APP, '-o', 'json'])
    assert.equal(run.code, 3, run.stderr + run.stdout)
    const { checks = [], admission } = outcomeOf(run.stdout)
    assert.deepEqual(
      checks
        .map(
          ({ platform, counts, databaseOn }) => `${platform} ${counts.critical} ${databaseOn?.slice(0, 2)}`,
        )
        .toSorted(),
      ['linux/amd64 1 20', 'linux/arm64 1 20'],
    )
    assert.match(JSON.stringify(admission), /CVE-2099-0001 \(critical, openssl 3\.1\.0-r0/)
  })

  it('Grype without a database is an error', { skip: skipWithout('grype') }, async (t) => {
    const { road } = await world(t, { scan: ['grype'] })
    road.env.GRYPE_DB_AUTO_UPDATE = 'false'
    road.env.GRYPE_DB_CACHE_DIR = join(road.directory, 'grype')
    const run = await road.cli(['build', APP])
    assert.equal(run.code, 1)
    assert.match(run.stderr, /TOOL_FAILED/)
  })
})
