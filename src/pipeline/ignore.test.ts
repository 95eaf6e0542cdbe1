import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileIgnore } from './ignore.ts'

const cases: readonly [patterns: string[], out: string[], kept: string[]][] = [
  [['*.log'], ['a.log'], ['b/a.log', 'a.logs', 'alog']],
  [['**/*.log'], ['a.log', 'b/a.log', 'b/c/a.log'], ['a.log.txt']],
  [['dist'], ['dist', 'dist/a', 'dist/b/c'], ['dist2', 'a/dist']],
  [['/dist/'], ['dist', 'dist/a'], ['a/dist']],
  [['./dist'], ['dist/a'], []],
  [['**/dist'], ['dist', 'a/b/dist/c'], ['a/distant']],
  [['a/**'], ['a/b', 'a/b/c'], ['a', 'ab/c']],
  [['a/**/z'], ['a/z', 'a/b/z', 'a/b/c/z'], ['z', 'a/bz']],
  [['a?c'], ['abc'], ['ac', 'a/c', 'abbc']],
  [
    ['**', '!keep', '!deep/one.txt'],
    ['x', 'deep/two.txt'],
    ['keep', 'keep/all/of/it', 'deep/one.txt'],
  ],
  [['!a', 'a'], ['a'], []],
  [['# a', '', '  ', '.'], [], ['a', '# a']],
  [
    ['a.b', '(x)', '[z]', 'ü*'],
    ['a.b', '(x)', '[z]', 'über'],
    ['aXb', 'x', 'z'],
  ],
]

describe('src/pipeline/ignore.ts', () => {
  for (const [patterns, out, kept] of cases)
    it(patterns.join('  ') || '(nothing)', () => {
      const ignore = compileIgnore(patterns)
      for (const path of out) assert.equal(ignore.excludes(path), true, `${path} stays out`)
      for (const path of kept) assert.equal(ignore.excludes(path), false, `${path} comes in`)
    })

  it('knows where something may come back in', () => {
    const ignore = compileIgnore(['**', '!a/b/c.txt', '!z*'])
    const cases = [
      ['a', true],
      ['a/b', true],
      ['a/x', false],
      ['q', false],
      ['zoo', true],
    ] as const
    for (const [directory, expected] of cases) assert.equal(ignore.mayHold(directory), expected, directory)
    assert.equal(compileIgnore(['**', '!**/x']).mayHold('anything'), true)
    assert.equal(compileIgnore(['node_modules']).mayHold('node_modules'), false)
  })
})
