import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { outputSchemas } from '../../scripts/output-schemas.ts'
import { childrenOf } from '../../src/oci/index.ts'
import { missingContent } from '../../src/registry/index.ts'
import { HARBOR_LOGIN, harborService } from '../support/harbor-service.ts'
import { putIndex, putReferrer } from '../support/images.ts'
import { rawTags } from '../support/raw-copy.ts'
import { embeddedRegistry, repositoryAt, temporaryDirectory } from '../support/registries.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import { startWaybill } from '../support/waybill-process.ts'

const FROM = 'dev/team/shop/ordersvc'
const TO = 'prod/team/shop/ordersvc'

/** One Harbor with a dev and a prod project, an image of two platforms, and a waybill.yaml that knows it. */
async function world(t: TestContext, { layers = 8, layerBytes = 200, wait = '10m', login = true } = {}) {
  const lab = await embeddedRegistry(t)
  const harbor = await harborService(t, lab)
  const source = repositoryAt(t, lab, FROM)
  const index = await putIndex(source, { layers, layerBytes }, 'dev')
  const [platform] = childrenOf(index.manifest)
  await putReferrer(source, index.descriptor, 'signature')
  const directory = await temporaryDirectory(t)
  const auth = Buffer.from(`${HARBOR_LOGIN.username}:${HARBOR_LOGIN.password}`).toString('base64')
  const auths = login ? { [harbor.address]: { auth } } : {}
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }))
  const config = {
    version: 1,
    applications: { ordersvc: {} },
    environments: { dev: { accepts: 'build', repository: `${harbor.address}/dev/{application}` } },
    trust: 'trust.yaml',
    registries: { [harbor.address]: { serverSideCopy: { harbor: { wait } } } },
  }
  await writeFile(join(directory, 'waybill.yaml'), JSON.stringify(config))
  await writeFile(join(directory, 'trust.yaml'), JSON.stringify({ version: 1, signers: [] }))
  const copy = async (cache: { readonly WAYBILL_CACHE: string }, ...words: readonly string[]) => {
    const line = ['image', 'copy', `${harbor.address}/${FROM}:dev`, `${harbor.address}/${TO}:1.4.0`]
    const options = { cwd: directory, env: { DOCKER_CONFIG: directory, ...cache } }
    const { code, stdout, stderr } = await startWaybill([...line, '-o', 'json', ...words], options).ended
    assert.equal(code, 0, stdout + stderr)
    return { ...outputSchemas.copy.parse(JSON.parse(stdout)).copy, stderr }
  }
  const { digest } = index.descriptor
  /** Everything there, and only our own tag, whatever the source has. */
  const isComplete = async (referrers = 1) => {
    const store = repositoryAt(t, lab, TO)
    assert.deepEqual(await missingContent(store, digest), [])
    assert.equal((await store.referrers(digest)).length, referrers)
    assert.deepEqual([...(await rawTags({ url: `http://${lab.address}`, name: TO }))], [['1.4.0', digest]])
  }
  return { lab, harbor, source, index, platform: platform!, digest, copy, isComplete }
}

const OFF = { WAYBILL_CACHE: 'off' }
const MiB = 1024 * 1024
const served = ['-c', 'waybill.yaml', '--verify', 'deep'] as const

describe('test/flow/server-copy-harbor: image copy', () => {
  it('each platform is copied by Harbor, the index and its tag by Waybill', async (t) => {
    const { harbor, index, copy, isComplete } = await world(t)
    const { stderr, ...counts } = await copy(OFF, ...served)
    assert.equal(counts.serverSide, 'harbor')
    assert.doesNotMatch(stderr, /warning/)
    // The index and the signature; of blobs only those of the signature.
    assert.equal(counts.manifests, 2)
    assert.ok(counts.blobs + counts.mounted <= 2)
    await isComplete()
    const repository = (project: string) =>
      `/api/v2.0/projects/${project}/repositories/team%252Fshop%252Fordersvc/artifacts`
    const expected = childrenOf(index.manifest).flatMap(({ digest }) => [
      `GET ${repository('dev')}/${digest}?with_tag=true&with_accessory=true`,
      `POST ${repository('prod')}?from=${encodeURIComponent(`${FROM}@${digest}`)}`,
    ])
    assert.deepEqual(
      harbor.seen.map(({ method, path }) => `${method} ${path}`),
      expected,
    )
  })

  it('the same end as mounting, with fewer requests', async (t) => {
    const [one, other] = [await world(t), await world(t)]
    const [with_, without] = [await one.copy(OFF, ...served), await other.copy(OFF, '--verify', 'deep')]
    t.diagnostic(`with: ${with_.requests} requests; without: ${without.requests}`)
    assert.equal(other.harbor.seen.length, 0)
    await other.isComplete()
    assert.ok(with_.requests < without.requests, `${with_.requests} and ${without.requests}`)
  })

  it('few blobs are mounted, and so are those of a copy that does not look at each', async (t) => {
    const small = await world(t, { layers: 1 })
    await small.copy(OFF, ...served)
    assert.equal(small.harbor.seen.length, 0)
    const shallow = await world(t)
    await shallow.copy(OFF, '-c', 'waybill.yaml')
    assert.equal(shallow.harbor.seen.length, 0)
    await shallow.isComplete()
  })

  it('until a mount was seen to work there, bytes are worth it too', async (t) => {
    const { lab, harbor, copy, isComplete } = await world(t, { layers: 2, layerBytes: 1.5 * MiB })
    lab.fault = ({ path }) => (path.includes('mount=') ? { status: 401 } : undefined)
    const { serverSide, bytes } = await copy(OFF, '-c', 'waybill.yaml')
    assert.equal(serverSide, 'harbor')
    assert.ok(bytes < 1000, `${bytes}`)
    assert.equal(harbor.seen.length, 4)
    await isComplete()
  })

  it('after that, blobs are mounted', async (t) => {
    const { lab, harbor, copy, isComplete } = await world(t, { layers: 2, layerBytes: 1.5 * MiB })
    const cache = { WAYBILL_CACHE: await temporaryDirectory(t) }
    const first = await putIndex(repositoryAt(t, lab, FROM), { seed: 'first' })
    const other = [`${harbor.address}/${FROM}@${first.descriptor.digest}`, `${harbor.address}/other/app`]
    assert.equal((await startWaybill(['image', 'copy', ...other], { env: cache }).ended).code, 0)
    assert.equal((await copy(cache, '-c', 'waybill.yaml')).serverSide, undefined)
    assert.equal(harbor.seen.length, 0)
    await isComplete()
  })

  for (const accessories of [true, false])
    it(`a signature on one platform comes along, ${accessories ? '' : 'not '}by Harbor`, async (t) => {
      const { lab, harbor, source, platform, copy, isComplete } = await world(t)
      harbor.accessories = accessories
      await putReferrer(source, platform, 'platform signature')
      const { serverSide, manifests } = await copy(OFF, ...served)
      assert.equal(serverSide, 'harbor')
      assert.equal(manifests, accessories ? 2 : 3)
      await isComplete()
      assert.equal((await repositoryAt(t, lab, TO).referrers(platform.digest)).length, 1)
    })

  it('what has a tag, or a signature with one, is not asked for: Harbor would copy the tag', async (t) => {
    const { lab, harbor, source, index, platform, copy, isComplete } = await world(t)
    const signature = await putReferrer(source, platform, 'platform signature')
    await source.putTag('promotions.dev', signature)
    const other = childrenOf(index.manifest)[1]!
    await source.putTag('arm64', (await source.manifest(other.digest))!)
    const { serverSide, stderr } = await copy(OFF, ...served)
    assert.equal(serverSide, undefined)
    assert.match(stderr, /skip server copy: Harbor would copy its tags too/)
    assert.doesNotMatch(stderr, /warning/)
    assert.deepEqual(
      harbor.seen.map(({ method }) => method),
      ['GET', 'GET', 'GET'],
    )
    await isComplete()
    assert.equal((await repositoryAt(t, lab, TO).referrers(platform.digest)).length, 1)
  })

  for (const status of [401, 403, 404, 412, 429, 500])
    it(`${status}: Waybill mounts, and says why`, async (t) => {
      const { harbor, copy, isComplete } = await world(t)
      harbor.instead = ({ method }) => (method === 'POST' ? status : undefined)
      const { serverSide, stderr } = await copy(OFF, ...served)
      assert.equal(serverSide, undefined)
      assert.match(
        stderr,
        new RegExp(`warning SERVER_COPY_FAILED: .* ${status} \\(TOLD: told: said Harbor\\)`),
      )
      assert.equal(harbor.seen.length, 2)
      await isComplete()
    })

  it('409: older versions say so of what is there', async (t) => {
    const { harbor, copy, isComplete } = await world(t)
    harbor.instead = ({ method }) => (method === 'POST' ? 409 : undefined)
    const { serverSide, stderr } = await copy(OFF, ...served)
    assert.equal(serverSide, undefined)
    assert.match(stderr, /holds nothing of what harbor said/)
    await isComplete()
  })

  it('201, it says, and nothing is there', async (t) => {
    const { harbor, copy, isComplete } = await world(t)
    harbor.lies = true
    const { serverSide, stderr } = await copy(OFF, ...served)
    assert.equal(serverSide, undefined)
    assert.match(stderr, /holds nothing of what harbor said/)
    await isComplete()
  })

  it('a Harbor that does not answer is waited for no longer than configured', async (t) => {
    const { harbor, copy, isComplete } = await world(t, { wait: '1s' })
    harbor.instead = () => 'hang'
    assert.match((await copy(OFF, ...served)).stderr, /It took longer than 1s\./)
    await isComplete()
  })

  it('without a user and password nothing is asked', async (t) => {
    const { harbor, copy, isComplete } = await world(t, { login: false })
    assert.match((await copy(OFF, ...served)).stderr, /needs a user and a password, and there are none/)
    assert.equal(harbor.seen.length, 0)
    await isComplete()
  })
})

describe('test/flow/server-copy-harbor: promote', () => {
  it('from one project to another of the same Harbor; the chain of dev stays in dev', async (t) => {
    const lab = await embeddedRegistry(t)
    const harbor = await harborService(t, lab)
    const road = await openRoad(t, {
      lab: { ...lab, address: harbor.address },
      layout: 'separate',
      git: false,
    })
    road.only('dev', 'prod')
    road.change('prod', { repository: `${harbor.address}/prod/{application}` })
    road.config.registries = { [harbor.address]: { serverSideCopy: { harbor: {} } } }
    road.write()
    const auth = Buffer.from(`${HARBOR_LOGIN.username}:${HARBOR_LOGIN.password}`).toString('base64')
    await writeFile(
      join(road.directory, 'config.json'),
      JSON.stringify({ auths: { [harbor.address]: { auth } } }),
    )
    const digest = await road.build('a', { layers: 8 })
    const first = await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json'])
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const { code, stdout, stderr } = await road.cli(['promote', APP, '--to', 'prod', '-o', 'json'])
    assert.equal(code, 0, stdout + stderr)
    const { copy } = outputSchemas.promotion.parse(JSON.parse(stdout))
    assert.equal(copy?.serverSide, 'harbor')
    assert.deepEqual(await missingContent(road.store('prod'), digest), [])
    const tags = [...(await rawTags({ url: `http://${lab.address}`, name: `prod/${APP}` })).keys()]
    assert.deepEqual(tags.toSorted(), ['1', '1.0', '1.0.0', 'promotions.prod', 'stable'])
  })
})
