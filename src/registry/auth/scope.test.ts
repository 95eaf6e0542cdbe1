import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bareScopes, covers, demanded, formatScope, neededFirst, without } from './scope.ts'
import type { Action } from './scope.ts'

const scope = (name: string, ...actions: Action[]) => ({
  repository: { registry: 'r.example', name },
  actions,
})

describe('src/registry/auth/scope', () => {
  it('is written as token servers read it', () => {
    assert.equal(formatScope(scope('a/b', 'pull', 'push')), 'repository:a/b:pull,push')
  })

  it('covers only the same repository and no more than was asked for', () => {
    const held = [scope('a', 'pull', 'push'), scope('b', 'pull')]
    assert.equal(covers(held, [scope('a', 'push')]), true)
    assert.equal(covers(held, [scope('a', 'pull'), scope('b', 'pull')]), true)
    assert.equal(covers(held, [scope('b', 'push')]), false)
    assert.equal(covers(held, [scope('a/b', 'pull')]), false)
    assert.equal(covers([], [scope('a', 'pull')]), false)
  })

  it('a challenge may demand more of what was asked for, and nothing else', () => {
    const name = fc.constantFrom('a', 'a/b', 'c', 'bank/vault')
    const actions = fc.subarray<Action>(['pull', 'push', 'delete', '*'], { minLength: 1 })
    const scopes = fc.array(
      fc.tuple(name, actions).map(([text, list]) => scope(text, ...list)),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    fc.assert(
      fc.property(scopes, scopes, fc.string(), (needed, said, junk) => {
        const text = `${junk} ${said.map(formatScope).join(' ')} ${junk}`
        const found = demanded(needed, text)
        assert.deepEqual(
          found.map(({ repository }) => repository),
          needed.map(({ repository }) => repository),
        )
        assert.ok(covers(found, needed))
        if (junk === '') assert.ok(covers([...said, ...needed, ...found], found))
        assert.ok(bareScopes(text).every((word) => !word.includes(':')))
      }),
    )
    assert.deepEqual(bareScopes('aws repository:a:pull'), ['aws'])
    assert.deepEqual(demanded([scope('a', 'pull')], 'repository:a:delete,admin repository:b:push'), [
      scope('a', 'pull', 'delete'),
    ])
  })

  it('the needed repository comes first, and leaves with what was refused', () => {
    const wide = [scope('b', 'push'), scope('a', 'pull')]
    const [a, b] = [scope('a', 'pull'), scope('b', 'push')]
    assert.deepEqual(neededFirst(wide, [a]), [a, b])
    assert.deepEqual(without(wide, [a]), [b])
  })
})
