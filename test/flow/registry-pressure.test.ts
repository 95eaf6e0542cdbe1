import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '../../src/oci/index.ts'
import { embeddedRegistry, labClient, repositoryAt, requestCount } from '../support/registries.ts'

describe('test/flow/registry-pressure: a host that cannot keep up', () => {
  for (const [how, headers] of [
    ['with Retry-After', { 'retry-after': '0' }],
    ['without', undefined],
  ] as const)
    it(`429 ${how} above 5 at once: hundreds of requests slow down and all finish`, async (t) => {
      const lab = await embeddedRegistry(t)
      let refused = 0
      lab.fault = () => {
        if (lab.begun - lab.requests.length <= 5) return { delay: 2 }
        refused++
        return { status: 429, body: '{"errors":[]}', ...(headers && { headers }) }
      }
      const store = repositoryAt(t, lab, 'dev/app', labClient(t))
      const names = Array.from({ length: 300 }, (_, index) => digestOf(String(index)))
      const found = await Promise.all(names.map((name) => store.head(name)))
      assert.ok(found.every((one) => one === undefined))
      await requestCount(lab)
      assert.ok(refused > 0 && refused < 150, `${refused} of ${lab.requests.length} were refused`)
    })
})
