import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { cpuTime } from '../../test/support/cpu-time.ts'
import { licencesOptions } from './licence-options.ts'
import { judgeExpression } from './licence-rules.ts'
import { licenceParser } from './spdx-licence.ts'

const parse = await licenceParser()

async function judge(text: string, options: object): Promise<string> {
  const expression = parse(text)
  if (!expression) return 'unreadable'
  return judgeExpression(expression, await licencesOptions.parseAsync(options))
}

const cases: readonly (readonly [options: object, licence: string, verdict: string])[] = [
  [{ allow: ['MIT'] }, 'MIT', 'allowed'],
  [{ allow: ['MIT'] }, 'ISC', 'denied'],
  [{ allow: ['MIT'] }, 'MIT OR GPL-3.0-only', 'allowed'],
  [{ allow: ['MIT'] }, 'MIT AND GPL-3.0-only', 'denied'],
  [{ allow: ['MIT', 'ISC'] }, 'MIT AND (GPL-3.0-only OR ISC)', 'allowed'],
  [{ allow: ['MIT', 'ISC'] }, '(MIT AND GPL-3.0-only) OR (ISC AND GPL-3.0-only)', 'denied'],
  // Without a list of what is allowed.
  [{}, 'GPL-3.0-only', 'allowed'],
  [{ deny: ['GPL-3.0-only'] }, 'GPL-3.0-only OR MIT', 'allowed'],
  [{ deny: ['GPL-3.0-only'] }, 'GPL-3.0-only AND MIT', 'denied'],
  [{ deny: ['GPL-3.0-only'] }, 'GPL-2.0-only', 'allowed'],
  // A denial wins over what is allowed.
  [{ allow: ['MIT'], deny: ['MIT'] }, 'MIT', 'denied'],
  // Ids of before -only and -or-later.
  [{ deny: ['GPL-2.0-only'] }, 'GPL-2.0', 'denied'],
  [{ deny: ['GPL-2.0'] }, 'GPL-2.0-only', 'denied'],
  [{ deny: ['GPL-2.0-or-later'] }, 'GPL-2.0+', 'denied'],
  // A rule of "or later" names every later version.
  [{ deny: ['GPL-1.0-or-later'] }, 'GPL-3.0-only', 'denied'],
  [{ deny: ['GPL-1.0-or-later'] }, 'GPL-2.0-or-later', 'denied'],
  [{ deny: ['GPL-3.0-or-later'] }, 'GPL-2.0-only', 'allowed'],
  [{ deny: ['GPL-1.0-or-later'] }, 'LGPL-3.0-only', 'allowed'],
  [{ deny: ['GPL-1.0-or-later'] }, 'AGPL-3.0-only', 'allowed'],
  [{ allow: ['Apache-1.0+'] }, 'Apache-2.0', 'allowed'],
  // A licence of "or later" leaves the choice of the version.
  [{ allow: ['GPL-3.0-only'] }, 'GPL-2.0-or-later', 'allowed'],
  [{ allow: ['GPL-2.0-only'] }, 'GPL-3.0-or-later', 'denied'],
  [{ deny: ['GPL-3.0-only'] }, 'GPL-2.0-or-later', 'allowed'],
  [{ deny: ['GPL-2.0-only'] }, 'GPL-2.0-or-later', 'denied'],
  [{ allow: ['GPL-3.0-only'], deny: ['GPL-2.0-only'] }, 'GPL-2.0-or-later', 'allowed'],
  [{ allow: ['GPL-2.0-or-later'], deny: ['GPL-3.0-or-later'] }, 'GPL-2.0-or-later', 'allowed'],
  // Exceptions add permissions: what is allowed stays so, what is denied too unless the exception lifts it.
  [{ allow: ['GPL-2.0-only'] }, 'GPL-2.0-only WITH Classpath-exception-2.0', 'allowed'],
  [{ allow: ['GPL-2.0-only WITH Classpath-exception-2.0'] }, 'GPL-2.0-only', 'denied'],
  [
    { allow: ['GPL-2.0-only WITH Classpath-exception-2.0'] },
    'GPL-2.0-only WITH Bison-exception-2.2',
    'denied',
  ],
  [{ deny: ['GPL-2.0-only'] }, 'GPL-2.0-only WITH Classpath-exception-2.0', 'denied'],
  [
    { deny: ['GPL-1.0-or-later'], exceptions: ['Classpath-exception-2.0'] },
    'GPL-2.0-only WITH Classpath-exception-2.0',
    'allowed',
  ],
  [
    { deny: ['GPL-1.0-or-later'], exceptions: ['Classpath-exception-2.0'] },
    'GPL-2.0-with-classpath-exception',
    'allowed',
  ],
  [{ deny: ['GPL-1.0-or-later'] }, 'GPL-3.0-with-GCC-exception', 'denied'],
  [{ deny: ['GPL-1.0-or-later'], exceptions: ['Classpath-exception-2.0'] }, 'GPL-2.0-only', 'denied'],
  // Licences that only the document knows.
  [{}, 'LicenseRef-contoso', 'unknown'],
  [{ allow: ['MIT'] }, 'LicenseRef-contoso', 'unknown'],
  [{ allow: ['LicenseRef-contoso'] }, 'LicenseRef-contoso', 'allowed'],
  [{ deny: ['LicenseRef-contoso'] }, 'LicenseRef-contoso', 'denied'],
  [{}, 'LicenseRef-contoso OR MIT', 'allowed'],
  [{}, 'LicenseRef-contoso AND MIT', 'unknown'],
  [{ deny: ['GPL-3.0-only'] }, 'LicenseRef-contoso AND GPL-3.0-only', 'denied'],
  [{ deny: ['GPL-3.0-only'] }, 'LicenseRef-contoso OR GPL-3.0-only', 'unknown'],
  // No expressions.
  [{}, 'mit', 'unreadable'],
  [{}, 'MIT License', 'unreadable'],
  [{}, 'MIT AND', 'unreadable'],
  [{}, 'DocumentRef-', 'unreadable'],
  [{}, '', 'unreadable'],
  [{}, 'constructor', 'unreadable'],
]

describe('licences', () => {
  for (const [options, licence, verdict] of cases)
    it(`${licence || '(nothing)'} under ${JSON.stringify(options)}: ${verdict}`, async () => {
      assert.equal(await judge(licence, options), verdict)
    })

  it('refuses rules that name no licence', async () => {
    for (const options of [
      { deny: ['AGLP-3.0'] },
      { allow: ['MIT OR ISC'] },
      { exceptions: ['no-exception'] },
    ])
      await assert.rejects(licencesOptions.parseAsync(options), /expected/)
  })

  it('reads whatever text in linear time and throws nothing', () => {
    const piece = fc.constantFrom(
      'MIT',
      ' AND ',
      ' OR ',
      '(',
      ')',
      'LicenseRef-',
      'DocumentRef-a:',
      '+',
      ' WITH ',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        parse(pieces.join(''))
      }),
      { numRuns: 500 },
    )
    const started = cpuTime()
    assert.equal(parse('('.repeat(1_000_000)), undefined)
    assert.equal(parse('('.repeat(2_000)), undefined)
    assert.ok(cpuTime() - started < 1_000)
  })

  it('a branch more of OR never makes it worse, one more of AND never better', async () => {
    const rank = ['denied', 'unknown', 'allowed']
    const leaf = fc.constantFrom('MIT', 'GPL-3.0-only', 'GPL-2.0-or-later', 'LicenseRef-a', 'ISC')
    const options = { allow: ['MIT', 'GPL-3.0-only'] }
    await fc.assert(
      fc.asyncProperty(leaf, leaf, async (a, b) => {
        const alone = rank.indexOf(await judge(a, options))
        assert.ok(rank.indexOf(await judge(`${a} OR ${b}`, options)) >= alone)
        assert.ok(rank.indexOf(await judge(`${a} AND ${b}`, options)) <= alone)
      }),
    )
  })
})
