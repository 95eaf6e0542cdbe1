import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../../src/base/index.ts'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import { hexOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { changeSystem } from '../support/change-system.ts'
import type { Cleanup } from '../support/registries.ts'
import { APP, openRoad, tested, variableOf } from '../support/road.ts'
import type { Road } from '../support/road.ts'

/**
 * A registry that stops answering in the middle of a decision: what could not be told is neither a no nor a yes, and
 * nothing is written. Each read is broken by itself; everything else works.
 */
interface Read {
  readonly name: string
  /** Leaves a road on which staging would take what is in dev, and tells which request is the read. */
  readonly prepare: (road: Road, digest: Digest) => Promise<(request: IncomingRequest) => boolean>
  /** Default: all of them. A registry may have no referrers API, and says so in many ways. */
  readonly faults?: Readonly<Record<string, Fault>>
}

const faults: Readonly<Record<string, Fault>> = {
  'may not be read (403)': { status: 403 },
  'is refused (400)': { status: 400 },
  'is answered with a redirect to nowhere allowed': {
    status: 307,
    headers: { location: 'ftp://x.example/' },
  },
}

const listFaults: Readonly<Record<string, Fault>> = { 'needs a login (401)': { status: 401 } }

const path =
  (...parts: readonly string[]) =>
  async () =>
  (request: IncomingRequest) =>
    parts.every((part) => request.path.includes(part))

/** Content is known by its digest: what a road has read before is not asked for again. */
const withoutMemory = (road: Road) => (road.env.WAYBILL_CACHE = 'off')

async function hold(road: Road, word: 'hold' | 'clear') {
  const key = `env://${variableOf('ops')}`
  const w = await road.open()
  await w.hold({ application: APP, environment: 'staging', word, reason: 'incident 7', key })
}

async function bundleOf(road: Road, manifest: Digest): Promise<Digest> {
  const stored = await road.store('dev').manifest(manifest)
  const [layer] = stored?.manifest.kind === 'manifest' ? stored.manifest.layers : []
  assert.ok(layer)
  return layer.digest
}

const passed = { passed: { environment: 'dev' } }
const gate = (road: Road, ...gates: readonly object[]) =>
  road.change('staging', { gates: [passed, ...gates] })

const reads: readonly Read[] = [
  { name: 'the record chain upstream', prepare: path('/manifests/promotions.dev') },
  { name: 'the head of the environment', prepare: path('/manifests/promotions.staging') },
  {
    name: 'the list of referrers',
    prepare: async (_, digest) => path(`/referrers/${digest}`)(),
    faults: listFaults,
  },
  {
    name: 'attestations of the old form',
    prepare: async (_, digest) => path(`/manifests/sha256-${hexOf(digest)}.att`)(),
  },
  {
    name: 'signatures of the old form',
    prepare: async (_, digest) => path(`/manifests/sha256-${hexOf(digest)}.sig`)(),
  },
  {
    name: 'one statement: its manifest',
    prepare: async (road, digest) => {
      const said = await road.say(road.store('dev'), digest, 'test-result', tested('x', 'FAILED'), 'tests')
      return path(`/manifests/${said.descriptor.digest}`)()
    },
  },
  {
    name: 'one statement: its bundle',
    prepare: async (road, digest) => {
      const said = await road.say(road.store('dev'), digest, 'test-result', tested('x', 'FAILED'), 'tests')
      return path(`/blobs/${await bundleOf(road, said.descriptor.digest)}`)()
    },
  },
  { name: 'the list of standing orders', prepare: path('/manifests/standing.staging') },
  {
    name: 'a standing order',
    prepare: async (road) => {
      await hold(road, 'clear')
      const stored = await road.store('staging').manifest('standing.staging')
      const [layer] = stored?.manifest.kind === 'manifest' ? stored.manifest.layers : []
      assert.ok(layer)
      return path(`/blobs/${layer.digest}`)()
    },
  },
  {
    name: 'the details of the image',
    prepare: async (road, digest) => {
      gate(road, { labels: { user: { nonRoot: true } } })
      const w = await road.store('dev').manifest(digest)
      const [child] = w?.manifest.kind === 'index' ? w.manifest.manifests : []
      const manifest = child && (await road.store('dev').manifest(child.digest))
      assert.ok(manifest?.manifest.kind === 'manifest')
      return path(`/blobs/${manifest.manifest.config.digest}`)()
    },
  },
  {
    name: 'the evidence of what is there now',
    prepare: async (road, digest) => {
      await road.promote('staging')
      road.later(1)
      await road.carry('two', { version: '1.1.0' }, 'dev')
      gate(road, { vulnerabilities: { newOnly: true } })
      return path(`/referrers/${digest}`)()
    },
    faults: listFaults,
  },
  {
    name: 'the chain that soaking is counted from',
    prepare: async (road, digest) => {
      await road.carry('two', { version: '1.1.0' }, 'dev')
      gate(road, { passed: { environment: 'dev', soak: '1m' } })
      road.later(10)
      const [record] = await road.recordsOn(digest, 'dev')
      return path(`/manifests/${record}`)()
    },
  },
]

async function toldOf(road: Road): Promise<string> {
  try {
    return (await road.promote('staging')).outcome
  } catch (error) {
    if (!isFailure(error)) throw error
    return `exit ${error.exit}`
  }
}

async function roadInDev(t: Cleanup): Promise<{ road: Road; digest: Digest }> {
  const road = await openRoad(t, { git: false })
  road.only('dev', 'staging')
  const digest = await road.carry('one', {}, 'dev')
  withoutMemory(road)
  return { road, digest }
}

describe('a read that does not work is no answer', () => {
  for (const { name, prepare, faults: own = faults } of reads)
    for (const [what, fault] of Object.entries(own)) {
      it(`${name} ${what}: error, and nothing is written`, async (t) => {
        const { road, digest } = await roadInDev(t)
        const isRead = await prepare(road, digest)
        const before = await road.tag('staging', 'promotions.staging')
        let broken = 0
        road.nonprod.fault = (request) => {
          if (request.method === 'PUT' || !isRead(request)) return undefined
          broken++
          return fault
        }
        const told = await toldOf(road)
        road.nonprod.fault = undefined
        assert.ok(broken > 0, 'it was never asked for')
        assert.ok(told === 'error' || told === 'exit 1', told)
        assert.equal(await road.tag('staging', 'promotions.staging'), before)
      })
    }

  it('a change system that is down: error', async (t) => {
    const { road } = await roadInDev(t)
    const system = await changeSystem(t)
    const url = `${system.origin}/{ticket}`
    gate(road, { ticket: { url, states: ['approved'] } })
    for (const status of [401, 500, 302]) {
      system.answer = (_, response) => void response.writeHead(status).end()
      const outcome = await road.promote('staging', { ticket: 'CHG1' })
      const ticket = outcome.verdict.gates.find((one) => one.gate === 'ticket')
      assert.deepEqual([outcome.outcome, ticket?.result], ['error', 'error'], String(status))
    }
  })

  it('a time-stamp authority that is down: error, and no record is written', async (t) => {
    const { road, digest } = await roadInDev(t)
    road.config.timestamp = 'http://127.0.0.1:1/'
    road.write()
    assert.equal(await toldOf(road), 'exit 1')
    assert.deepEqual(await road.recordsOn(digest, 'staging'), [])
  })
})
