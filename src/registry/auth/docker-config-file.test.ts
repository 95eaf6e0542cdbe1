import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readDockerConfig } from './docker-config-file.ts'

const wrong = (place: string, expected: string) => new Error(`${place}: ${expected}`)

describe('src/registry/auth/docker-config-file', () => {
  it('takes what is about credentials, and null for nothing', () => {
    const { auths, credHelpers, credsStore } = readDockerConfig(
      {
        auths: { 'r.example': { auth: 'x', email: 7, identitytoken: null }, 'none.example': null },
        credHelpers: null,
        credsStore: 'store',
        HttpHeaders: { any: 1 },
        proxies: 3,
      },
      wrong,
    )
    assert.deepEqual(
      [...auths],
      [
        ['r.example', { auth: 'x' }],
        ['none.example', {}],
      ],
    )
    assert.equal(credHelpers.size, 0)
    assert.equal(credsStore, 'store')
  })

  const cases: readonly (readonly [unknown, string])[] = [
    [[], ': an object'],
    ['text', ': an object'],
    [{ auths: [] }, 'auths: an object'],
    [{ auths: { h: 'x' } }, 'auths.h: an object'],
    [{ auths: { h: { password: 1 } } }, 'auths.h.password: a string'],
    [{ credHelpers: { h: {} } }, 'credHelpers.h: a string'],
    [{ credsStore: true }, 'credsStore: a string'],
  ]
  for (const [json, message] of cases)
    it(`${JSON.stringify(json)} is refused`, () =>
      assert.throws(() => readDockerConfig(json, wrong), { message }))

  it('gives strings or refuses, whatever is in it; keys like __proto__ are keys', () => {
    const entry = fc.dictionary(fc.constantFrom('auth', 'username', 'registrytoken', 'x'), fc.jsonValue())
    const file = fc.record({ auths: fc.dictionary(fc.string(), entry), credHelpers: fc.jsonValue() })
    fc.assert(
      fc.property(file, (json) => {
        const found = (() => {
          try {
            return readDockerConfig(json, wrong)
          } catch {
            return undefined
          }
        })()
        const texts = [...(found?.auths.values() ?? [])].flatMap((one) => Object.values(one) as unknown[])
        assert.ok(texts.every((text) => typeof text === 'string'))
      }),
    )
    const hostile: unknown = JSON.parse('{"auths":{"__proto__":{"auth":"x"}}}')
    assert.deepEqual([...readDockerConfig(hostile, wrong).auths.keys()], ['__proto__'])
  })
})
