import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { outputSchemas } from '../../scripts/output-schemas.ts'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { missingContent } from '../../src/registry/index.ts'
import { AcrService, ARM_HOSTS, AZURE_JOB, resourceIdOf } from '../support/acr-service.ts'
import type { ImportKind } from '../support/acr-service.ts'
import { putIndex, putReferrer } from '../support/images.ts'
import { kmsProxy } from '../support/kms-services.ts'
import type { KmsAnswer } from '../support/kms-services.ts'
import { rawTags } from '../support/raw-copy.ts'
import { embeddedRegistry, repositoryAt, temporaryDirectory } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import { startWaybill } from '../support/waybill-process.ts'

const OPENSSL = 'openssl'
const skip = spawnSync(OPENSSL, ['version']).status === 0 ? false : 'openssl is not installed'
const MiB = 1024 * 1024

interface CopyAnswer {
  readonly copy: {
    readonly manifests: number
    readonly blobs: number
    readonly bytes: number
    readonly referrers: number
    readonly requests: number
    readonly serverSide?: string
  }
}

/** `registries` of waybill.yaml for two registries of one Azure tenant. */
function registriesOf(from: LabRegistry, to: LabRegistry, more: object = {}) {
  return {
    [from.address]: { serverSideCopy: { acr: { resourceId: resourceIdOf('devacr') } } },
    [to.address]: { serverSideCopy: { acr: { resourceId: resourceIdOf('prodacr'), ...more } } },
  }
}

async function azure(t: TestContext, from: LabRegistry, to: LabRegistry, hosts = ARM_HOSTS) {
  const service = new AcrService()
  service.registries.set(resourceIdOf('devacr'), `http://${from.address}`)
  service.registries.set(resourceIdOf('prodacr'), `http://${to.address}`)
  const home = await temporaryDirectory(t)
  const proxied = await kmsProxy(t, service, hosts)
  const env: NodeJS.ProcessEnv = { ...AZURE_JOB, ...proxied, HOME: home, DOCKER_CONFIG: home }
  return { service, env }
}

/** Two registries, an image of 20 MiB with three referrers in the first, and a waybill.yaml that knows both. */
async function world(t: TestContext, { wait = '10m', layerBytes = 5 * MiB } = {}) {
  const from = await embeddedRegistry(t)
  // Azure may hold an index whose platforms are not there; so this one takes everything.
  const to = await embeddedRegistry(t, { sparse: true })
  const { service, env } = await azure(t, from, to)
  const [source, destination] = [repositoryAt(t, from, 'team/app'), repositoryAt(t, to, 'prod/app')]
  const index = await putIndex(source, { layerBytes }, 'v1')
  for (const content of ['signature', 'sbom']) await putReferrer(source, index.descriptor, content)
  await putReferrer(source, childrenOf(index.manifest)[0]!, 'platform signature')
  const directory = await temporaryDirectory(t)
  const config = {
    version: 1,
    applications: { app: {} },
    environments: { dev: { accepts: 'build', repository: `${to.address}/prod/{application}` } },
    trust: 'trust.yaml',
    registries: registriesOf(from, to, { wait }),
  }
  await writeFile(join(directory, 'waybill.yaml'), JSON.stringify(config))
  await writeFile(join(directory, 'trust.yaml'), JSON.stringify({ version: 1, signers: [] }))
  const { digest } = index.descriptor
  const line = ['image', 'copy', `${from.address}/team/app:v1`, `${to.address}/prod/app:1.4.0`, '-o', 'json']
  const start = (words: readonly string[] = ['-c', 'waybill.yaml'], extra: NodeJS.ProcessEnv = {}) =>
    startWaybill([...line, ...words], { cwd: directory, env: { ...env, ...extra } })
  const copy = async (words?: readonly string[], extra?: NodeJS.ProcessEnv) => {
    const { code, stdout, stderr } = await start(words, extra).ended
    assert.equal(code, 0, stdout + stderr)
    const answer = outputSchemas.copy.parse(JSON.parse(stdout)) as CopyAnswer
    return { ...answer.copy, stderr }
  }
  const isComplete = async () => assertComplete(t, to, digest)
  return { service, from, to, destination, digest, start, copy, isComplete }
}

/** Everything there by digest, all three referrers findable, one tag: ours. */
async function assertComplete(t: TestContext, to: LabRegistry, digest: Digest): Promise<void> {
  const store = repositoryAt(t, to, 'prod/app')
  assert.deepEqual(await missingContent(store, digest), [])
  assert.equal((await store.referrers(digest)).length, 2)
  const root = await store.manifest(digest)
  assert.equal((await store.referrers(childrenOf(root!.manifest)[0]!.digest)).length, 1)
  const tags = await rawTags({ url: `http://${to.address}`, name: 'prod/app' })
  assert.deepEqual([...tags], [['1.4.0', digest]])
}

const arm = ({ address }: { readonly address: string }) => address.includes('/importImage')

describe('test/flow/server-copy-acr: image copy', { skip }, () => {
  it('Azure brings the image, Waybill looks at it and brings what refers to it', async (t) => {
    const { service, copy, isComplete, digest } = await world(t)
    const { stderr, ...counts } = await copy()
    assert.equal(counts.serverSide, 'acr')
    // Three referrers, each with the empty config and one small layer.
    assert.equal(counts.manifests, 3)
    assert.equal(counts.referrers, 3)
    assert.ok(counts.bytes < 100, `${counts.bytes} bytes`)
    assert.match(stderr, /done server copy: acr/)
    assert.doesNotMatch(stderr, /warning/)
    await isComplete()
    const [order, ...polls] = service.asked
    assert.deepEqual(JSON.parse(order!.body), {
      source: { resourceId: resourceIdOf('devacr'), sourceImage: `team/app@${digest}` },
      untaggedTargetRepositories: ['prod/app'],
      mode: 'NoForce',
    })
    assert.equal(polls.length, 2)
    for (const { headers } of service.asked) assert.equal(headers.authorization, 'Bearer arm-token-1')
    assert.equal(service.seen.length - service.asked.length, 1, 'one login')
  })

  it('the same end as a copy of our own, with about as many requests and none of its bytes', async (t) => {
    const served = await world(t)
    const own = await world(t)
    const [with_, without] = [await served.copy(), await own.copy([])]
    t.diagnostic(`with: ${with_.requests} requests, ${with_.bytes} bytes up`)
    t.diagnostic(`without: ${without.requests} requests, ${without.bytes} bytes up`)
    await own.isComplete()
    assert.equal(own.service.seen.length, 0)
    assert.ok(without.bytes > 20 * MiB)
    // The login, the order and two questions, against what each of the six blobs costs more than a look.
    assert.ok(with_.requests <= without.requests + 4, `${with_.requests} and ${without.requests}`)
  })

  it('a small image is not worth an import, and costs no request more than without', async (t) => {
    const [asked, own] = [await world(t, { layerBytes: 20_000 }), await world(t, { layerBytes: 20_000 })]
    const [with_, without] = [await asked.copy(), await own.copy([])]
    assert.equal(asked.service.seen.length, 0)
    assert.equal(with_.requests, without.requests)
    await asked.isComplete()
  })

  it('what is there is not asked for again', async (t) => {
    const { service, copy } = await world(t)
    await copy()
    const before = service.seen.length
    const again = await copy()
    assert.equal(again.serverSide, undefined)
    assert.equal(again.manifests + again.blobs, 0)
    const dry = await copy(['-c', 'waybill.yaml', '--dry-run'])
    assert.equal(dry.serverSide, undefined)
    assert.equal(service.seen.length, before)
  })

  const answers: readonly (readonly [string, RegExp, KmsAnswer])[] = [
    ['403', /answered 403 \(AuthorizationFailed: no right importImage\)/, [403, denial()]],
    ['409', /answered 409/, [409, { error: { code: 'Conflict', message: 'exists' } }]],
    ['429', /answered 429/, [429, '', { 'retry-after': '3600' }]],
    ['a redirect', /answered 307/, [307, '', { location: 'https://evil.example/' }]],
    ['a status elsewhere', /not say on its own host/, [202, '', { location: 'https://evil.example/status' }]],
    ['no status at all', /not say on its own host/, [202, '']],
    ['a failed import', /says that the import failed \(QuotaExceeded: full\)/, [200, failure()]],
    ['rubbish', /answered 418/, [418, '\u001b[31m::error::']],
  ]
  for (const [name, warning, answer] of answers)
    it(`refused: ${name}; Waybill copies itself and says why`, async (t) => {
      const { service, copy, isComplete } = await world(t)
      service.instead = (request) => (arm(request) ? answer : undefined)
      const { stderr, serverSide, blobs } = await copy()
      assert.match(stderr, /warning SERVER_COPY_FAILED: /)
      assert.match(stderr, warning)
      assert.equal(serverSide, undefined)
      assert.ok(blobs > 4)
      assert.equal(service.asked.length, 1, 'asked once')
      await isComplete()
    })

  it('an import that never ends is waited for no longer than configured', async (t) => {
    const { service, copy, isComplete } = await world(t, { wait: '1s' })
    service.polls = 1_000_000
    service.kind = 'nothing'
    const { stderr, serverSide } = await copy()
    assert.match(stderr, /It took longer than 1s\./)
    assert.equal(serverSide, undefined)
    await isComplete()
  })

  it('a service that takes the request and says nothing', async (t) => {
    const { service, copy, isComplete } = await world(t, { wait: '1s' })
    service.instead = (request) => (arm(request) ? new Promise(() => {}) : undefined)
    assert.match((await copy()).stderr, /It took longer than 1s\./)
    await isComplete()
  })

  it('busy while it is asked how it goes on: it is asked again', async (t) => {
    const { service, copy, isComplete } = await world(t)
    let busy = 0
    service.instead = ({ address }) =>
      address.includes('/operationResults/') && busy++ < 2 ? [429, '', { 'retry-after': '0' }] : undefined
    assert.equal((await copy()).serverSide, 'acr')
    await isComplete()
  })

  it('without an identity for Azure nothing is sent there', async (t) => {
    const { service, copy, isComplete } = await world(t)
    const { stderr } = await copy(undefined, { AZURE_CLIENT_SECRET: '' })
    assert.match(stderr, /needs an Azure identity, and this environment names none/)
    assert.equal(service.seen.length, 0)
    await isComplete()
  })

  it('an identity that is refused', async (t) => {
    const { service, copy, isComplete } = await world(t)
    const { stderr } = await copy(undefined, { AZURE_CLIENT_SECRET: 'wrong' })
    assert.match(stderr, /warning SERVER_COPY_FAILED: .*login\.microsoftonline\.com/)
    assert.equal(service.asked.length, 0)
    await isComplete()
  })

  const lies: readonly (readonly [ImportKind, string | undefined])[] = [
    ['nothing', undefined],
    ['another image', 'acr'],
    ['one platform', 'acr'],
    ['loses a blob', 'acr'],
  ]
  for (const [kind, serverSide] of lies)
    it(`Succeeded, it says, and it was ${kind}: the rest is copied`, async (t) => {
      const { service, copy, isComplete } = await world(t)
      service.kind = kind
      const answer = await copy()
      assert.equal(answer.serverSide, serverSide)
      assert.equal(/holds nothing of what acr said/.test(answer.stderr), kind === 'nothing')
      assert.ok(answer.blobs > 4)
      await isComplete()
    })

  it('killed while Azure is at work: the next run ends the same, by itself', async (t) => {
    const { service, start, copy, isComplete } = await world(t)
    service.kind = 'loses a blob'
    const running = start()
    service.onImported = () => void running.child.kill('SIGKILL')
    assert.equal((await running.ended).code, null)
    service.onImported = undefined
    const before = service.asked.length
    const { blobs, serverSide } = await copy()
    assert.equal(serverSide, undefined)
    // Of the image only what was lost; the rest is in the three referrers.
    assert.ok(blobs >= 1 && blobs <= 5, `${blobs} blobs`)
    assert.equal(service.asked.length, before, 'the root is there')
    await isComplete()
  })

  it('Ctrl-C ends the waiting at once, and leaves no tag', async (t) => {
    const { service, start, to, copy, isComplete } = await world(t)
    service.polls = 1_000_000
    service.kind = 'nothing'
    const running = start()
    while (service.asked.length < 2) await new Promise((done) => setTimeout(done, 20))
    const began = performance.now()
    running.child.kill('SIGINT')
    const { code } = await running.ended
    assert.equal(code, 130)
    assert.ok(performance.now() - began < 5000)
    assert.equal((await rawTags({ url: `http://${to.address}`, name: 'prod/app' })).size, 0)
    Object.assign(service, { polls: 1, kind: 'honest' })
    assert.equal((await copy()).serverSide, 'acr')
    await isComplete()
  })
})

describe('test/flow/server-copy-acr: promote', { skip }, () => {
  it('a promotion between two registries is served; its record and its referrers are as ever', async (t) => {
    const road = await openRoad(t, { layout: 'separate', git: false })
    const { service, env } = await azure(t, road.nonprod, road.prod)
    road.only('dev', 'prod')
    road.config.registries = registriesOf(road.nonprod, road.prod)
    road.write()
    const digest = await road.build('a', { layerBytes: 10 * MiB })
    const first = await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json'])
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const { HOME: _home, DOCKER_CONFIG: _docker, ...job } = env
    const { code, stdout, stderr } = await road.cli(['promote', APP, '--to', 'prod', '-o', 'json'], job)
    assert.equal(code, 0, stdout + stderr)
    const { copy, outcome } = outputSchemas.promotion.parse(JSON.parse(stdout))
    assert.equal(outcome, 'promoted')
    assert.equal(copy?.serverSide, 'acr')
    assert.ok(copy.referrers >= 4, `${copy.referrers} referrers`)
    assert.ok(copy.bytes < MiB)
    assert.equal(service.asked.filter(arm).length, 1)
    assert.deepEqual(await missingContent(road.store('prod'), digest), [])
    assert.equal((await road.recordsOn(digest, 'prod')).length, 1)
    const verified = await road.cli(['verify', `${road.repository('prod')}@${digest}`, '-o', 'json'])
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  })

  it('by the identity of a GitHub job, which keyless signatures are made with too', async (t) => {
    const road = await openRoad(t, { layout: 'separate', git: false })
    const host = 'pipelines.actions.githubusercontent.com'
    const { service, env } = await azure(t, road.nonprod, road.prod, [...ARM_HOSTS, host])
    service.instead = ({ address, headers, body }) => {
      const url = new URL(address)
      if (url.host === host)
        return headers.authorization === 'Bearer actions-secret' ? [200, { value: 'a.job.token' }] : [401, {}]
      const isProof = new URLSearchParams(body).get('client_assertion') === 'a.job.token'
      return isProof ? [200, { access_token: 'arm-token-1', expires_in: 3599 }] : undefined
    }
    road.only('dev', 'prod')
    road.config.registries = registriesOf(road.nonprod, road.prod)
    const keyless = { fulcio: 'https://127.0.0.1:9', rekor: 'https://127.0.0.1:9', identityToken: 'github' }
    road.config.sign = { ...(road.config.sign as object), signature: { keyless } }
    await road.build('a', { layerBytes: 10 * MiB })
    road.write()
    const first = await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json'])
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const { HOME: _home, DOCKER_CONFIG: _docker, AZURE_CLIENT_SECRET: _secret, ...job } = env
    const { code, stdout, stderr } = await road.cli(['promote', APP, '--to', 'prod', '-o', 'json'], {
      ...job,
      ACTIONS_ID_TOKEN_REQUEST_URL: `https://${host}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'actions-secret',
    })
    assert.equal(code, 0, stdout + stderr)
    assert.doesNotMatch(stderr, /SERVER_COPY_FAILED/)
    const { copy } = outputSchemas.promotion.parse(JSON.parse(stdout))
    assert.equal(copy?.serverSide, 'acr')
  })
})

function denial() {
  return { error: { code: 'AuthorizationFailed', message: 'no right importImage' } }
}

function failure() {
  return { status: 'Failed', error: { code: 'QuotaExceeded', message: 'full' } }
}
