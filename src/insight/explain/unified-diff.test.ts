import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from './unified-diff.ts'

const file = 'a.yaml'
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('')

suite('src/insight/explain/unified-diff.ts', () => {
  test('nothing changed: nothing shown', () => {
    assert.equal(unifiedDiff(file, 'x\n', 'x\n'), '')
  })

  test('one line of many, with three lines around it', () => {
    const before = numbered(20)
    assert.equal(
      unifiedDiff(file, before, before.replace('line 10\n', 'other\n')),
      [
        '--- a/a.yaml',
        '+++ b/a.yaml',
        '@@ -8,7 +8,7 @@',
        ' line 7',
        ' line 8',
        ' line 9',
        '-line 10',
        '+other',
        ' line 11',
        ' line 12',
        ' line 13',
        '',
      ].join('\n'),
    )
  })

  test('far apart: two hunks; into nothing and out of it', () => {
    const before = numbered(30)
    const after = before.replace('line 2\n', '').replace('line 25\n', 'line 25\nmore\n')
    assert.equal(unifiedDiff(file, before, after).match(/^@@/gm)?.length, 2)
    assert.match(unifiedDiff(file, '', 'new\n'), /^@@ -0,0 \+1,1 @@\n\+new$/m)
    assert.match(unifiedDiff(file, 'old\n', ''), /^@@ -1,1 \+0,0 @@\n-old$/m)
  })

  test('very long texts with nothing in common end quickly', () => {
    const [before, after] = ['a', 'b'].map((word) => `${word}\n`.repeat(100_000))
    assert.match(unifiedDiff(file, before!, after!), /^@@ -1,100000 \+1,100000 @@$/m)
  })

  const words = fc.array(fc.constantFrom('a', 'b', 'c', '- x', '+ y', '@@', ''), { maxLength: 30 })
  const text = fc.tuple(words, fc.boolean()).map(([lines, end]) => lines.join('\n') + (end ? '\n' : ''))

  test('git applies it and gets the new text', () => {
    const directory = mkdtempSync(join(tmpdir(), 'waybill-diff-'))
    try {
      execFileSync('git', ['init', '--quiet', directory], {
        env: { PATH: process.env.PATH, HOME: directory },
      })
      fc.assert(
        fc.property(text, text, (before, after) => {
          fc.pre(before !== after && before !== '' && after !== '')
          writeFileSync(join(directory, file), before)
          const done = spawnSync('git', ['apply', '--whitespace=nowarn', '-'], {
            cwd: directory,
            input: unifiedDiff(file, before, after),
            encoding: 'utf8',
          })
          assert.equal(done.stderr, '')
          assert.equal(readFileSync(join(directory, file), 'utf8'), after)
        }),
        { numRuns: 40 },
      )
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
