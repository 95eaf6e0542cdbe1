import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { generate } from '../scripts/generate-schemas.ts'

for (const [path, content] of generate()) {
  test(`${path} is what the code says; run npm run generate`, async () => {
    assert.equal(await readFile(join(import.meta.dirname, '..', path), 'utf8'), content)
  })
}

test('the editor schema is strict where the reader is', () => {
  const schema = JSON.parse(generate().get('schemas/waybill.schema.json') ?? '') as {
    required: string[]
    additionalProperties: boolean
    properties: {
      environments: { additionalProperties: { properties: { gates: { items: Record<string, unknown> } } } }
    }
  }
  assert.deepEqual(schema.required, ['version', 'applications', 'environments', 'trust'])
  assert.equal(schema.additionalProperties, false)
  const { items } = schema.properties.environments.additionalProperties.properties.gates
  assert.deepEqual([items.minProperties, items.maxProperties, items.additionalProperties], [1, 1, false])
})
