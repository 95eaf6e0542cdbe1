import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { run } from '../../src/base/command.ts'
import { predicateTypes } from '../../src/attestation/index.ts'
import { mediaTypes } from '../../src/oci/index.ts'
import { buildahEnv } from '../support/buildah.ts'
import { Scratch } from '../support/build.ts'
import { Cosign, noCosign } from '../support/cosign.ts'
import { findTool } from '../support/outside-tool.ts'
import { dockerRegistry, embeddedRegistry, noDockerRegistry } from '../support/registries.ts'
import { APP, openRoad } from '../support/road.ts'
import { waybill } from '../support/waybill-process.ts'

const TOOLS = ['buildah', 'skopeo', 'umoci']
const found = await Promise.all(TOOLS.map((tool) => findTool(tool)))
const missing = TOOLS.filter((_, index) => found[index] === undefined)
const noTools = missing.length > 0 && `${missing.join(' and ')} not on this machine`

const APPLICATION = { Dockerfile: 'FROM scratch\nCOPY hello.txt /\nENV A=1\n', 'hello.txt': 'hello\n' }
const PLATFORMS = ['linux/amd64', 'linux/arm64']
const JUNIT = '<testsuite name="unit" tests="1" failures="0"><testcase name="adds" time="0.1"/></testsuite>'

describe('an image built and pushed by buildah', { skip: noTools || noDockerRegistry }, () => {
  for (const [format, type] of [
    ['oci', mediaTypes.ociManifest],
    ['docker', mediaTypes.dockerManifest],
  ] as const) {
    it(`is copied by Waybill, and skopeo and umoci read the same ${format} image`, async (t) => {
      using scratch = new Scratch()
      const [source, target] = [await embeddedRegistry(t), await dockerRegistry(t)]
      const call = callerIn(scratch)
      const context = scratch.files('app', APPLICATION)
      await call('buildah', 'bud', `--format=${format}`, '--tag=localhost/app:1', context)
      const from = `${source.address}/built/app:1.0.0`
      await call('buildah', 'push', '--quiet', '--tls-verify=false', 'localhost/app:1', `docker://${from}`)
      const raw = await call('skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${from}`)
      assert.equal(JSON.parse(raw).mediaType ?? mediaTypes.ociManifest, type)

      const digest = await skopeoDigest(call, `docker://${from}`)
      for (const to of [`${target.address}/team/app:1.0.0`, 'layout:copied:1.0.0']) {
        const { code, stderr } = await waybill(['image', 'copy', from, to], { cwd: scratch.path })
        assert.equal(code, 0, stderr)
      }
      assert.equal(await skopeoDigest(call, `docker://${target.address}/team/app:1.0.0`), digest)
      // In a layout skopeo shows an image of Docker's kind as it would convert it; the bytes are read from the disk.
      const blob = join(scratch.path, 'copied/blobs/sha256', digest.slice('sha256:'.length))
      assert.equal(await readFile(blob, 'utf8'), raw)
      if (format === 'docker') return
      await call(
        'umoci',
        'unpack',
        '--image',
        join(scratch.path, 'copied:1.0.0'),
        join(scratch.path, 'bundle'),
      )
      assert.equal(await readFile(join(scratch.path, 'bundle/rootfs/hello.txt'), 'utf8'), 'hello\n')
    })
  }
})

describe('waybill build with buildah, then the whole road', { skip: noTools || noCosign }, () => {
  it('skopeo reads the built digest in prod, and cosign verifies how it got there', async (t) => {
    using scratch = new Scratch()
    const call = callerIn(scratch)
    const context = scratch.repository('app', APPLICATION)
    const road = await openRoad(t, {
      layout: 'separate',
      edit: ({ applications }) => {
        const build = { builder: 'buildah', context, platforms: PLATFORMS }
        applications[APP] = { ...applications[APP], build }
      },
    })
    Object.assign(road.env, buildahEnv(scratch.path))
    // buildah stops when DOCKER_CONFIG names a folder without one.
    await writeFile(join(road.directory, 'config.json'), '{}')
    const cosign = new Cosign(road.directory)
    for (const name of ['build', 'signature', 'tests', 'promotion', 'stranger'])
      await cosign.key(name, road.privateKey(name), road.publicKey(name))

    const workspace = await road.open()
    const facts = { ref: 'refs/heads/dev', event: 'push', version: '1.4.0' } as const
    const built = await workspace.build({ application: APP, ...facts })
    assert.deepEqual(
      built.platforms.map(({ platform }) => platform),
      PLATFORMS,
    )
    const report = join(road.directory, 'unit.xml')
    await writeFile(report, JUNIT)
    const reports = { kind: 'files', format: 'junit', suite: 'unit', files: [report] } as const
    await workspace.attestReports({ application: APP, image: built.digest, reports })
    for (const to of ['dev', 'staging', 'prod']) {
      const from = to === 'dev' && { image: built.digest }
      const { outcome, verdict } = await road.promote(to, { ...from })
      assert.equal(outcome, 'promoted', JSON.stringify(verdict))
      road.later(1)
      assert.equal(road.inGit(to), built.digest)
    }

    const image = `${road.repository('prod')}@${built.digest}`
    assert.equal(await skopeoDigest(call, `docker://${road.repository('prod')}:stable`), built.digest)
    await cosign.verify('signature', image)
    const [provenance] = await cosign.verifyAttestation('build', 'slsaprovenance1', image)
    assert.match(JSON.stringify(provenance?.predicate), /buildah/)
    assert.equal((await cosign.verifyAttestation('promotion', predicateTypes.promotion, image)).length, 3)
    assert.equal((await cosign.verifyAttestation('tests', predicateTypes['test-result'], image)).length, 1)
    await cosign.refuses(cosign.verify('stranger', image))
  })
})

type Caller = (program: string, ...args: readonly string[]) => Promise<string>

function callerIn(scratch: Scratch): Caller {
  const env = buildahEnv(scratch.path)
  return async (program, ...args) =>
    (await run(program, args, { env, cwd: scratch.path, timeout: 60_000 })).stdout.toString('utf8').trimEnd()
}

async function skopeoDigest(call: Caller, image: string): Promise<string> {
  return call('skopeo', 'inspect', '--tls-verify=false', '--format', '{{.Digest}}', image)
}
