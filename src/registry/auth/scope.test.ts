import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { covers, formatScope } from './scope.ts'
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
})
