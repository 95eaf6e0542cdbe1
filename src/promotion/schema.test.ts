import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { proveSchema, tagSchema, tagsSchema } from './schema.ts'

describe('tag templates', () => {
  const cases: readonly (readonly [string, 'immutable' | 'floating'])[] = [
    ['git-{commit}', 'immutable'],
    ['prod-{short}', 'immutable'],
    ['sha-{sha}', 'immutable'],
    ['{version}', 'immutable'],
    ['v{version}-rc.{n}', 'immutable'],
    ['{major}.{minor}.{patch}', 'immutable'],
    ['{major}.{minor}', 'floating'],
    ['{major}', 'floating'],
    ['stable', 'floating'],
  ]
  for (const [text, mobility] of cases) {
    test(`${text} is ${mobility}`, () => assert.deepEqual(tagSchema.parse(text), { text, mobility }))
  }

  const refused = [
    '',
    '{n}',
    'rc.{n}',
    '{version}-{n}-{n}',
    '{digest}',
    '{version',
    '-x',
    'a/b',
    'sha256-abc',
    'promotions.dev',
    'x'.repeat(129),
  ]
  for (const text of refused) {
    test(`refuses ${JSON.stringify(text.slice(0, 20))}`, () =>
      assert.equal(tagSchema.safeParse(text).success, false))
  }

  test('refuses the same tag twice', () => {
    assert.deepEqual(
      tagsSchema.safeParse(['a', 'b', 'a']).error?.issues.map((issue) => issue.path),
      [[2]],
    )
  })
})

test('prove commands have ten minutes unless told otherwise', () => {
  assert.deepEqual(proveSchema.parse([{ command: 'a' }, { command: 'b', timeout: '30s' }]), [
    { command: 'a', timeout: 600_000 },
    { command: 'b', timeout: 30_000 },
  ])
})
