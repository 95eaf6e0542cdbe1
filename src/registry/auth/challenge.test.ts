import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseChallenges } from './challenge.ts'
import { cpuTime } from '../../../test/support/cpu-time.ts'

describe('src/registry/auth/challenge', () => {
  const cases: readonly (readonly [string | string[], unknown])[] = [
    [
      'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
      [
        [
          'bearer',
          { realm: 'https://auth.example/token', service: 'registry', scope: 'repository:a/b:pull,push' },
        ],
      ],
    ],
    ['Basic realm="a \\"quoted\\" name"', [['basic', { realm: 'a "quoted" name' }]]],
    ['bearer  realm = "x" , service=plain', [['bearer', { realm: 'x', service: 'plain' }]]],
    [
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Basic realm="x", Bearer realm="y",service="z"',
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y', service: 'z' }],
      ],
    ],
    [
      ['Basic realm="x"', 'Bearer realm="y"'],
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    ],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    [
      'Bearer realm="open',
      [
        ['bearer', {}],
        ['realm', {}],
      ].slice(0, 1),
    ],
    ['', []],
    ['"', []],
    [`Bearer realm="${'x'.repeat(9000)}"`, []],
  ]
  for (const [header, expected] of cases)
    it(JSON.stringify(header).slice(0, 80), () => {
      const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }])
      assert.deepEqual(found, expected)
    })

  it('reads back what it is given', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const value = fc.stringMatching(/^[ -~]{0,20}$/)
    const challenge = fc.tuple(name, fc.dictionary(name, value, { minKeys: 1, maxKeys: 4 }))
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 3 }), (challenges) => {
        const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
        const header = challenges
          .map(([scheme, parameters]) => {
            const pairs = Object.entries(parameters).map(([key, text]) => `${key}=${quoted(text)}`)
            return `${scheme} ${pairs.join(', ')}`
          })
          .join(', ')
        const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }])
        assert.deepEqual(
          found,
          challenges.map(([scheme, parameters]) => [scheme, { ...parameters }]),
        )
      }),
    )
  })

  it('never throws, and ends', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (header) => void parseChallenges(header)))
    const started = cpuTime()
    parseChallenges(`Bearer a="${'\\'.repeat(8000)}`)
    parseChallenges('a '.repeat(4000))
    assert.ok(cpuTime() - started < 1000)
  })
})
