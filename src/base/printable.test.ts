import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuTime } from '../../test/support/cpu-time.ts'
import { printable, printableJson, printableLine } from './printable.ts'

const HARMFUL = [
  ['escape', '\u001b[2J'],
  ['C1 control', '\u009b2J'],
  ['delete', '\u007f'],
  ['right-to-left override', '\u202e'],
  ['isolate', '\u2066'],
  ['Arabic letter mark', '\u061c'],
  ['zero width space', '\u200b'],
  ['line separator', '\u2028'],
  ['paragraph separator', '\u2029'],
  ['invisible tag', '\u{e0041}'],
  ['byte order mark', '\ufeff'],
  ['Azure command', '##vso[task.setvariable variable=x]y'],
  ['Azure command, other case', '##VSO[task.complete]'],
  ['Azure formatting', '##[error]x'],
] as const

describe('printable', () => {
  for (const [name, text] of HARMFUL) {
    it(`${name}: neither as text, nor on a line, nor in JSON`, () => {
      const json = printableJson(JSON.stringify({ text: `a${text}b` }, undefined, 2))
      for (const shown of [printable(`a${text}b`), printableLine(`a${text}b`), json])
        assert.ok(!shown.includes(text), shown)
      assert.deepEqual(JSON.parse(json), { text: `a${text}b` })
    })
  }

  it('GitHub commands at the start of any line', () => {
    for (const text of ['::error::x', '  ::set-output name=a::b', 'x\n::stop-commands::y', '\t::debug::'])
      assert.doesNotMatch(printable(text), /^\s*::/m)
  })

  it('takes linear time over blank lines', () => {
    const started = cpuTime()
    assert.equal(printable(`${'\n'.repeat(500_000)}x`).length, 500_001)
    assert.ok(cpuTime() - started < 1_000)
  })

  it('leaves ordinary text of any language alone', () => {
    for (const text of ['Grüße, 世界 👍🏽', 'a::b std::vector', 'tab\tand\nline', 'می‌خواهم'])
      assert.equal(printable(text), text)
  })
})
