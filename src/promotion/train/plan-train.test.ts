import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, parseRepository } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { countHosts, planTrain } from './plan-train.ts'
import type { KnownState, Pair } from './plan-train.ts'

const [A, B] = [digestOf('a'), digestOf('b')]

function pair(
  destination: string,
  digest: Digest,
  tags: readonly string[],
  floating: readonly string[] = [],
) {
  return { destination: parseRepository(destination), digest, tags, floating }
}

/** What is there: `name:tag` or `name@digest` → digest. */
function there(held: Readonly<Record<string, Digest>>): KnownState {
  return {
    tag: ({ name }, tag) => held[`${name}:${tag}`],
    holds: ({ name }, digest) => held[`${name}@${digest}`] !== undefined,
  }
}

function told(pairs: readonly Pair[], held: Readonly<Record<string, Digest>> = {}) {
  const plans = [...planTrain(pairs, there(held))]
  return plans.flatMap(({ repository, pairs: planned }) =>
    planned.map((one) => {
      const detail = one.state === 'move' ? one.write.join() : one.state === 'conflict' ? one.tag : ''
      return `${repository.name} ${one.state} ${detail}${'first' in one ? ' with the first' : ''}`.trim()
    }),
  )
}

describe('planTrain', () => {
  it('present, move or conflict, by what the tags name', () => {
    const held = { 'x/a:1.0': A, 'x/b:1.0': B }
    assert.deepEqual(
      told(
        [pair('h.io/x/a', A, ['1.0']), pair('h.io/x/b', A, ['1.0']), pair('h.io/x/c', A, ['1.0', '1'])],
        held,
      ),
      ['x/a present', 'x/b conflict 1.0', 'x/c move 1.0,1'],
    )
  })

  it('a floating tag of another digest moves; only what is wrong is written', () => {
    const held = { 'x/a:1.0': A, 'x/a:stable': B }
    assert.deepEqual(told([pair('h.io/x/a', A, ['1.0'], ['stable'])], held), ['x/a move stable'])
  })

  it('one digest into one repository is one move, whatever its tags', () => {
    assert.deepEqual(told([pair('h.io/x/a', A, ['1.0']), pair('h.io/x/a', A, ['1'])]), [
      'x/a move 1.0',
      'x/a move 1 with the first',
    ])
  })

  it('a tag that the train gives to one digest is not given to another, floating or not', () => {
    const two = (tags: readonly string[], floating: readonly string[]) =>
      told([pair('h.io/x/a', A, tags, floating), pair('h.io/x/a', B, tags, floating)])
    assert.deepEqual(two(['1.0'], []), ['x/a move 1.0', 'x/a conflict 1.0'])
    assert.deepEqual(two([], ['stable']), ['x/a move stable', 'x/a conflict stable'])
  })

  it('without tags it counts whether the digest is there', () => {
    const held = { [`x/a@${A}`]: A }
    assert.deepEqual(told([pair('h.io/x/a', A, []), pair('h.io/x/a', B, [])], held), [
      'x/a present',
      'x/a move',
    ])
    assert.deepEqual(told([pair('h.io/x/a', B, []), pair('h.io/x/a', B, [])]), [
      'x/a move',
      'x/a move  with the first',
    ])
  })

  it('repositories come together, registries one after another; the counts agree', () => {
    const pairs = [
      pair('one.io/a', A, ['1']),
      pair('two.io/a', A, ['1']),
      pair('one.io/b', A, ['1']),
      pair('one.io/a', B, ['2']),
    ]
    const plans = [...planTrain(pairs, there({ 'a:1': A }))]
    assert.deepEqual(
      plans.map(({ repository }) => `${repository.registry}/${repository.name}`),
      ['one.io/a', 'one.io/b', 'two.io/a'],
    )
    assert.deepEqual(countHosts(plans), [
      { host: 'one.io', repositories: 2, present: 1, move: 2, conflict: 0 },
      { host: 'two.io', repositories: 1, present: 1, move: 0, conflict: 0 },
    ])
  })
})
