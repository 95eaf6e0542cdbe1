import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isFailure } from '../../src/base/index.ts'
import {
  deliver,
  deliverSchema,
  deliveryErrors,
  DeliveryQueue,
  previewDelivery,
} from '../../src/delivery/index.ts'
import type { DeliverOptions } from '../../src/delivery/index.ts'
import { digestOf, parseRepository } from '../../src/oci/index.ts'
import { BareRepository, serveGit } from '../support/git.ts'

const scratch = mkdtempSync(join(tmpdir(), 'waybill-queue-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

const APPS = ['a', 'b', 'c', 'd']
const fileOf = (app: string) => `env/${app}/kustomization.yaml`
const files = Object.fromEntries(
  APPS.map((app) => [fileOf(app), `images:\n  - name: ${app}\n    newTag: none\n`]),
)
const digestFor = (app: string) => digestOf(`image ${app}`)

function options(queue = new DeliveryQueue()): DeliverOptions {
  const env = { PATH: process.env.PATH, HOME: scratch, GIT_CONFIG_NOSYSTEM: '1' }
  return { directory: scratch, env, now: new Date('2026-05-04T10:00:00Z'), cacheDirectory: scratch, queue }
}

function targetOf(repository: string, app: string) {
  return deliverSchema.parse({ kustomize: { repository, path: `env/${app}` } })
}

function orderOf(app: string) {
  const repository = parseRepository(`registry.example.com/dev/${app}`)
  return {
    application: app,
    environment: 'dev',
    repository,
    digest: digestFor(app),
    kind: 'promote',
  } as const
}

describe('deliveries of one process to one branch', () => {
  it('what waits together: one commit each, one push; an edit that cannot be made fails alone', async (t) => {
    using bare = new BareRepository(files)
    const pushes: number[] = []
    const server = await serveGit(bare, { beforePush: (push) => pushes.push(push) })
    t.after(() => server.close())
    const shared = options()
    const apps = [...APPS.slice(0, 2), 'nobody', ...APPS.slice(2)]
    const ends = await Promise.allSettled(
      apps.map((app) => deliver(targetOf(server.url, app), orderOf(app), shared)),
    )
    assert.deepEqual(pushes, [1])
    assert.equal(bare.log().length, 1 + APPS.length)
    for (const [index, app] of apps.entries()) {
      const end = ends[index]
      if (app === 'nobody') {
        assert.ok(end?.status === 'rejected' && isFailure(end.reason, deliveryErrors.LOCATOR_NOT_FOUND))
        continue
      }
      assert.ok(end?.status === 'fulfilled', app)
      assert.deepEqual(end.value.changed, [fileOf(app)])
      assert.match(bare.show(fileOf(app)), new RegExp(digestFor(app)))
    }
    const again = await deliver(targetOf(server.url, 'a'), orderOf('a'), shared)
    assert.deepEqual([again.changed, pushes], [[], [1]])
  })

  it('a stranger pushes in between: all edits are made again on top of it', async (t) => {
    using bare = new BareRepository(files)
    const server = await serveGit(bare, {
      beforePush: (push) => {
        if (push === 1) bare.commit('stranger', { 'other.txt': 'x' })
      },
    })
    t.after(() => server.close())
    const shared = options()
    await Promise.all(APPS.map((app) => deliver(targetOf(server.url, app), orderOf(app), shared)))
    assert.equal(bare.log().length, 2 + APPS.length)
    assert.equal(bare.show('other.txt'), 'x')
    for (const app of APPS) assert.match(bare.show(fileOf(app)), new RegExp(digestFor(app)))
  })

  it('looking costs one fetch for all, and a branch that is not there fails every one', async (t) => {
    using bare = new BareRepository(files)
    const server = await serveGit(bare)
    t.after(() => server.close())
    const shared = options()
    const looks = APPS.map((app) => previewDelivery(targetOf(server.url, app), orderOf(app), shared))
    const previews = await Promise.all(looks)
    assert.deepEqual(
      previews.map(({ changed }) => changed[0]?.path),
      APPS.map(fileOf),
    )
    assert.equal(server.requests.filter((line) => line.startsWith('GET ')).length <= 1 + APPS.length, true)
    const gone = (app: string) =>
      deliverSchema.parse({ kustomize: { repository: server.url, branch: 'gone', path: `env/${app}` } })
    const ends = await Promise.allSettled([
      previewDelivery(gone('a'), orderOf('a'), shared),
      deliver(gone('b'), orderOf('b'), shared),
    ])
    for (const end of ends)
      assert.ok(end.status === 'rejected' && isFailure(end.reason, deliveryErrors.BRANCH_MISSING), end.status)
  })
})
