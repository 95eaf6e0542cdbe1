import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WaybillError } from '../../src/base/index.ts'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import type { Cleanup } from '../support/registries.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import type { Road, RoadOptions } from '../support/road.ts'

async function world(t: Cleanup, options: RoadOptions = { git: false }) {
  const road = await openRoad(t, options)
  road.only('dev', 'prod')
  const digest = await road.build('one', { version: '1.0.0' })
  return { road, digest }
}

/** What was thrown, with everything a person needs to go on. */
async function failureOf(work: Promise<unknown>): Promise<WaybillError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof WaybillError, `expected a WaybillError, got ${String(error)}`)
  assert.ok(error.next.length > 15, `${error.code} says no next step`)
  assert.ok(error.message.length > 15, error.code)
  return error
}

async function nothingWritten(road: Road, environment = 'dev') {
  assert.equal(await road.tag(environment, `promotions.${environment}`), undefined)
  assert.equal(await road.tag(environment, 'dev'), undefined)
  assert.deepEqual(road.commits(), [])
}

const fromBuild = { image: imageTag('one') }

describe('registries that do not help', () => {
  it('nobody listens: REGISTRY_UNREACHABLE names the host, exit 1', async (t) => {
    const { road } = await world(t)
    await road.promote('dev', fromBuild)
    road.change('prod', { repository: '127.0.0.1:1/{application}' })
    const error = await failureOf(road.promote('prod'))
    assert.deepEqual([error.code, error.exit], ['REGISTRY_UNREACHABLE', 1])
    assert.match(error.where ?? '', /127\.0\.0\.1:1/)
    const cli = await road.cli(['promote', APP, '--to', 'prod', '-o', 'json'])
    assert.equal(cli.code, 1)
    assert.equal((JSON.parse(cli.stdout) as { code: string }).code, 'REGISTRY_UNREACHABLE')
  })

  it('wrong credentials: REGISTRY_DENIED, exit 1, no secret in sight', async (t) => {
    const { road } = await world(t)
    const denied = (request: IncomingRequest): Fault | undefined =>
      request.path.includes('/promotions.dev')
        ? { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' }
        : undefined
    road.nonprod.fault = denied
    const error = await failureOf(road.promote('dev', fromBuild))
    assert.deepEqual([error.code, error.exit], ['REGISTRY_DENIED', 1])
    road.nonprod.fault = undefined
    await nothingWritten(road)
  })

  it('may read and not write: told before git is touched', async (t) => {
    const { road } = await world(t, { git: true })
    road.nonprod.fault = ({ method }) =>
      method === 'GET' || method === 'HEAD' ? undefined : { status: 403, body: '' }
    const error = await failureOf(road.promote('dev', fromBuild))
    assert.equal(error.code, 'REGISTRY_DENIED')
    road.nonprod.fault = undefined
    await nothingWritten(road)
  })

  it('the image is not there: MANIFEST_MISSING shows what is', async (t) => {
    const { road } = await world(t)
    const error = await failureOf(road.promote('dev', { image: 'git-ffffffff' }))
    assert.deepEqual([error.code, error.exit], ['MANIFEST_MISSING', 1])
    assert.ok(error.next.includes(imageTag('one')))
    const digest = `sha256:${'0'.repeat(64)}`
    assert.equal((await failureOf(road.promote('dev', { image: digest }))).code, 'MANIFEST_MISSING')
    const elsewhere = `${road.nonprod.address}/no/such:tag`
    assert.equal((await failureOf(road.promote('dev', { image: elsewhere }))).code, 'REPOSITORY_MISSING')
    assert.equal((await failureOf(road.promote('dev', { image: 'No Reference' }))).code, 'REFERENCE_INVALID')
    assert.equal((await failureOf(road.promote('dev'))).code, 'IMAGE_REQUIRED')
    const empty = await failureOf(road.promote('prod'))
    assert.deepEqual([empty.code, empty.exit], ['UPSTREAM_EMPTY', 3])
    await nothingWritten(road)
  })

  it('a registry that lies about a manifest or a blob: DIGEST_MISMATCH, nothing follows', async (t) => {
    const { road, digest } = await world(t, { git: false, layout: 'separate' })
    await road.promote('dev', fromBuild)
    const spoil = (what: (path: string) => boolean) => {
      road.nonprod.fault = ({ method, path }) =>
        method === 'GET' && what(path) ? { corrupt: true } : undefined
    }
    spoil((path) => path.endsWith(`/manifests/${digest}`))
    assert.equal((await failureOf(road.promote('prod'))).code, 'DIGEST_MISMATCH')
    const index = await (spoil(() => false), road.store('dev').manifest(digest))
    const child = index?.manifest.kind === 'index' ? index.manifest.manifests[0] : undefined
    const platform = child && (await road.store('dev').manifest(child.digest))
    const layer = platform?.manifest.kind === 'manifest' ? platform.manifest.layers[0] : undefined
    assert.ok(layer)
    spoil((path) => path.endsWith(`/blobs/${layer.digest}`))
    const error = await failureOf(road.promote('prod'))
    assert.deepEqual([error.code, error.exit], ['DIGEST_MISMATCH', 1])
    road.nonprod.fault = undefined
    await nothingWritten(road, 'prod')
    assert.equal(await road.store('prod').head(digest), undefined)
    assert.equal((await road.promote('prod')).outcome, 'promoted')
  })

  it('a registry that stumbles for a while is waited for', async (t) => {
    const { road } = await world(t)
    let stumbles = 0
    road.nonprod.fault = ({ method }) => {
      if (method !== 'PUT' || stumbles >= 2) return undefined
      stumbles++
      return stumbles === 1 ? { status: 503, headers: { 'retry-after': '0' }, body: '' } : { truncateAt: 0 }
    }
    assert.equal((await road.promote('dev', fromBuild)).outcome, 'promoted')
    assert.equal((await road.chain('dev')).length, 1)
    assert.equal(stumbles, 2)
  })
})

describe('git that does not fit', () => {
  const kustomization = `environments/dev/${APP}/kustomization.yaml`
  const target = (road: Road, block: object) => ({
    deliver: [
      { kustomize: { repository: road.gitops.directory, path: `environments/dev/{application}`, ...block } },
    ],
  })

  const cases: Readonly<Record<string, [(road: Road) => void, string, number]>> = {
    'the repository is not there': [
      (road) => road.change('dev', target(road, { repository: './nowhere.git' })),
      'GIT_UNREACHABLE',
      1,
    ],
    'the branch is not there': [
      (road) => road.change('dev', target(road, { branch: 'release' })),
      'BRANCH_MISSING',
      2,
    ],
    'the path leaves the repository': [
      (road) => road.change('dev', target(road, { path: '../secrets' })),
      'PATH_ESCAPES',
      2,
    ],
    'the path goes through a link': [
      (road) => {
        road.gitops.commit('link', { 'environments/link': { link: '/etc' } })
        road.change('dev', target(road, { path: 'environments/link' }))
      },
      'PATH_ESCAPES',
      2,
    ],
    'the kustomization has no entry for the image': [
      (road) =>
        void road.gitops.commit('other', { [kustomization]: 'images:\n  - name: other\n    newTag: x\n' }),
      'LOCATOR_NOT_FOUND',
      2,
    ],
    'two entries for the image': [
      (road) =>
        void road.gitops.commit('twice', {
          [kustomization]: `images:\n  - name: ${APP}\n    newTag: a\n  - name: ${APP}\n    newTag: b\n`,
        }),
      'DUPLICATE_IMAGE_ENTRY',
      2,
    ],
    'a hook says no': [(road) => road.gitops.hook('pre-receive', 'echo no; exit 1'), 'PUSH_DENIED', 1],
  }
  for (const [name, [arrange, code, exit]] of Object.entries(cases)) {
    it(`${name}: ${code}; mended, the same command finishes the same promotion`, async (t) => {
      const { road, digest } = await world(t, { git: true })
      const before = structuredClone(road.config.environments['dev'] ?? {})
      arrange(road)
      const error = await failureOf(road.promote('dev', fromBuild))
      assert.deepEqual([error.code, error.exit], [code, exit], error.message)
      assert.ok(error.where, 'says no place')
      assert.deepEqual(road.commits(), [])
      // What git would not take is known before anything is written; only a refused push is not.
      const recorded = (await road.recordsOn(digest, 'dev')).length
      assert.equal(recorded, code === 'PUSH_DENIED' ? 1 : 0)

      road.change('dev', before)
      road.gitops.hook('pre-receive', 'exit 0')
      road.gitops.commit('mended', { [kustomization]: `images:\n  - name: ${APP}\n    newTag: none\n` })
      const mended = await road.promote('dev', fromBuild)
      assert.deepEqual([mended.outcome, mended.sequence], ['promoted', 1])
      assert.equal(road.inGit('dev'), digest)
      assert.equal(road.commits().length, 1)
    })
  }

  it('drift in git is told by status and put right by the same promotion', async (t) => {
    const { road, digest } = await world(t, { git: true })
    await road.promote('dev', fromBuild)
    const wrong = `sha256:${'1'.repeat(64)}`
    road.gitops.commit('by hand', { [kustomization]: `images:\n  - name: ${APP}\n    digest: ${wrong}\n` })
    const w = await road.open()
    const [dev] = (await w.status({})).applications[0]?.environments ?? []
    assert.deepEqual(
      dev?.drift.map(({ place, found, expected }) => [place, found, expected]),
      [['git', wrong, digest]],
    )
    assert.equal((await road.promote('dev', fromBuild)).outcome, 'promoted')
    assert.equal(road.inGit('dev'), digest)
    assert.match(road.commits()[0] ?? '', new RegExp(`Previous-Digest: ${wrong}`))
  })

  it('status with git out of reach still says what the registry knows', async (t) => {
    const { road, digest } = await world(t, { git: true })
    await road.promote('dev', fromBuild)
    road.change('dev', target(road, { repository: './nowhere.git' }))
    const [dev] = (await (await road.open()).status({})).applications[0]?.environments ?? []
    assert.equal(dev?.problem?.code, 'GIT_UNREACHABLE')
    assert.equal(dev?.digest, digest)
  })
})

describe('configuration that cannot work', () => {
  it('no such application or environment, a key that is not set', async (t) => {
    const { road } = await world(t)
    const w = await road.open()
    const nobody = await failureOf(w.promote({ application: 'nobody', to: 'dev', image: 'x' }))
    assert.equal(nobody.exit, 2)
    assert.match(nobody.message + nobody.next, /ordersvc/)
    const nowhere = await failureOf(road.promote('nowhere'))
    assert.equal(nowhere.exit, 2)
    const cli = await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('one'), '-o', 'json'], {
      KEY_PROMOTION: '',
    })
    const error = JSON.parse(cli.stdout) as { code: string; message: string }
    assert.deepEqual([cli.code, error.code], [2, 'KEY_UNREADABLE'])
    assert.match(error.message, /KEY_PROMOTION/)
    await nothingWritten(road)
  })

  it('a promotion key that trust.yaml does not know signs nothing', async (t) => {
    const { road, digest } = await world(t)
    const sign = road.config['sign'] as Record<string, unknown>
    sign['promotion'] = { key: 'env://KEY_STRANGER' }
    road.write()
    const error = await failureOf(road.promote('dev', fromBuild))
    assert.equal(error.code, 'SIGNER_UNTRUSTED')
    assert.deepEqual(await road.recordsOn(digest, 'dev'), [])
    await nothingWritten(road)
  })
})
