import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import { isFailure } from '../../src/base/index.ts'
import { copyClosure, missingContent } from '../../src/registry/index.ts'
import { putIndex, putReferrer } from '../support/images.ts'
import { embeddedRegistry, labClient, repositoryAt, requestCount } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'

/** One thing that goes wrong with one request, once. */
const faults = {
  'answered 500': { status: 500, body: '{}' },
  'answered 429 with Retry-After': { status: 429, headers: { 'retry-after': '0' }, body: '{}' },
  'cut before the answer': { truncateAt: 0 },
  'cut in the middle of the answer': { truncateAt: 7 },
  'answered with other bytes': { corrupt: true },
  'answered late, after all others': { delay: 60 },
  'answered 401 as if the token had ended': { status: 401, body: '{}' },
  'answered 404 as if it were gone': { status: 404, body: '{"errors":[{"code":"UNKNOWN"}]}' },
} satisfies Record<string, Fault>
type How = keyof typeof faults
const every = Object.keys(faults) as How[]
const some: readonly How[] = ['answered 500', 'cut before the answer', 'answered late, after all others']

/** What does not differ between two runs; all blobs are alike, manifests are not. */
function shapeOf({ method, path }: IncomingRequest, repository: string): string {
  const named = path.replace(`/v2/${repository}/`, '/v2/app/').replace(`from=${repository}`, 'from=app')
  const session = named.replace(/uploads\/[0-9a-f-]{36}/, 'uploads/…')
  return `${method} ${session.includes('/blobs/') ? session.replace(/sha256(:|%3A)[0-9a-f]{64}/g, '…') : session}`
}

/** Lets this fault happen to the first request of this shape. */
function strike(lab: LabRegistry, shape: string, repository: string, fault: Fault): () => boolean {
  let struck = false
  lab.fault = (request) => {
    if (struck || shapeOf(request, repository) !== shape) return undefined
    struck = true
    return fault
  }
  return () => struck
}

for (const [referrersApi, hows] of [
  [true, every],
  [false, some],
] as const) {
  describe(`test/flow/copy-faults: every request of a copy, ${referrersApi ? 'with' : 'without'} referrers API`, () => {
    it('fails once in every way: the copy ends the same, or with a clean error and a second run does', async (t) => {
      const [from, to] = [
        await embeddedRegistry(t, { referrersApi }),
        await embeddedRegistry(t, { referrersApi }),
      ]
      const seed = repositoryAt(t, from, 'app')
      const index = await putIndex(seed, { platforms: ['linux/amd64'], layers: 2, layerBytes: 90_000 })
      const evidence = await putReferrer(seed, index.descriptor, 'evidence')
      const root = index.descriptor.digest
      const state = async (name: string) => {
        const store = repositoryAt(t, to, name)
        return {
          missing: await missingContent(store, root).catch(() => ['root']),
          referrers: (await store.referrers(root)).map(({ digest }) => digest),
          tag: (await store.head('stable'))?.digest,
        }
      }
      const whole = { missing: [], referrers: [evidence.descriptor.digest], tag: root }
      const copy = (name: string) => {
        const client = labClient(t)
        return copyClosure({
          source: repositoryAt(t, from, 'app', client),
          destination: repositoryAt(t, to, name, client),
          root,
          tags: ['stable'],
        })
      }

      const shapes: { lab: LabRegistry; shape: string }[] = []
      const [before, beforeTo] = [await requestCount(from), await requestCount(to)]
      await copy('plain')
      await Promise.all([requestCount(from), requestCount(to)])
      for (const request of from.requests.slice(before))
        shapes.push({ lab: from, shape: shapeOf(request, 'app') })
      for (const request of to.requests.slice(beforeTo))
        shapes.push({ lab: to, shape: shapeOf(request, 'plain') })
      assert.ok(shapes.length > 15, `${shapes.length} requests`)
      assert.deepEqual(await state('plain'), whole)

      const distinct = [...new Map(shapes.map((each) => [each.lab.address + each.shape, each])).values()]
      const aboutReferrers = ['/referrers/', '/sha256-', evidence.descriptor.digest]
      let [run, hits, clean] = [0, 0, 0]
      for (const { lab, shape } of distinct)
        for (const how of hows) {
          const fault: Fault = faults[how]
          // There a 404 is a definite word: no such API, no such list, a referrer that was deleted.
          if (fault.status === 404 && aboutReferrers.some((text) => shape.includes(text))) continue
          const name = `copy-${run++}`
          const struck = strike(lab, shape, lab === from ? 'app' : name, fault)
          const error = await copy(name).then(
            () => undefined,
            (reason: unknown) => reason,
          )
          lab.fault = undefined
          if (struck()) hits++
          const where = `${shape} ${how}`
          if (error === undefined) {
            assert.deepEqual(await state(name), whole, where)
            continue
          }
          if (!isFailure(error)) throw new Error(where, { cause: error })
          assert.notEqual(error.code, 'INTERNAL', where)
          assert.ok(
            error.detail.side === 'source' || error.detail.side === 'destination',
            `${where}: ${error.message}`,
          )
          assert.equal((await state(name)).tag, undefined, `${where}: nothing is visible`)
          clean++
          await copy(name)
          assert.deepEqual(await state(name), whole, `${where}, second run`)
        }
      assert.ok(hits >= run * 0.95, `${hits} of ${run} faults struck`)
      t.diagnostic(`${run} faults: ${run - clean} copies ended the same, ${clean} with a clean error`)
    })
  })
}
