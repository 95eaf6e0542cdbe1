import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { hostilePlan, samplePlan, sampleTrain } from '../../test/support/sample-answers.ts'
import { commentMark, cutMarkdown } from './comment.ts'
import { code, fenced, folded, md, mdPage, mdTable } from './markdown.ts'
import { outcomeMarkdown } from './outcome.ts'
import { trainMarkdown } from './train.ts'

suite('src/report: comments', () => {
  test('the mark is one line of HTML comment, whatever it is about', () => {
    assert.equal(commentMark('plan:ordersvc:staging'), '<!-- waybill:plan:ordersvc:staging -->')
    const whatever = fc.property(fc.string({ unit: 'binary' }), (topic) => {
      assert.match(commentMark(topic), /^<!-- waybill:[\w.:/-]* -->$/)
    })
    fc.assert(whatever)
  })

  test('short Markdown is left alone', () => {
    assert.equal(cutMarkdown('### x\n', 6), '### x\n')
  })

  test('at any length: under the limit, nothing left open, and it says so', () => {
    const pages = [hostilePlan, samplePlan].map(outcomeMarkdown)
    for (const page of [...pages, trainMarkdown(sampleTrain), mixed()])
      for (let limit = 200; limit < Buffer.byteLength(page); limit += 97) {
        const cut = cutMarkdown(page, limit)
        assert.ok(Buffer.byteLength(cut) <= limit, `${Buffer.byteLength(cut)} > ${limit}`)
        assert.match(cut, /\n\n\*Cut here, .*\*\n$/)
        assert.deepEqual(openIn(cut), { fence: undefined, details: 0 })
      }
  })
})

suite('src/report: what Markdown makes of foreign text', () => {
  const inert: readonly (readonly [string, string])[] = [
    ['a mention', '@octocat and @org/team'],
    ['an issue, a merge request, a milestone, a label, an epic, an alert', '#12 !34 %5 ~bug &6 ^alert#7'],
    ['an address', 'https://evil.example and www.evil.example'],
    ['a mail address', 'a@b.example'],
    ['a link and a picture', '[x](javascript:1) ![y](http://z)'],
    ['a GitLab reference in brackets', '[vulnerability:12]'],
    ['HTML', '<img src=x onerror=1><!-- --></details>'],
    ['a code span', '`rm`'],
    ['an emoji', ':boom:'],
    ['a heading, a list, a rule', '# x'],
  ]
  for (const [what, text] of inert)
    test(what, () => {
      // What is looked for in the rendered text, where entities are characters again.
      const rendered = md(text).replaceAll(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
      assert.doesNotMatch(rendered, /[@#!%~&^[](?=\w)|:\/\/|www\.|:\w+:/)
      assert.doesNotMatch(md(text), /[<>`[\]*_|~@$]|(?<!&)#|&(?!#\d+;)/)
      assert.equal(rendered.replaceAll('\u200b', ''), text)
    })

  test('an address in code, which Markdown still reads', () => {
    assert.doesNotMatch(code('www.evil.example https://evil.example a@b.example'), /www\.|:\/\/|&#64;b/)
  })

  for (const text of ['- x', '+ x', '1. x', '12) x', '=', '---'])
    test(`no list or rule: ${text}`, () => {
      assert.doesNotMatch(md(text), /^(?:[-+=](?:\s|$)|\d+[.)]\s)/)
    })
})

function mixed(): string {
  const row = (at: number) => [md(`row ${at}`), md('ä'.repeat(at % 30))]
  return mdPage([
    '### Title',
    mdTable(
      ['a', 'b'],
      Array.from({ length: 40 }, (_, at) => row(at)),
    ),
    folded('Diff', fenced('diff', `${'```\n</details>\n'.repeat(30)}end`)),
    folded('List', '- x\n'.repeat(50)),
  ])
}

/** What a reader of GitHub's Markdown would still hold open at the end. */
function openIn(text: string) {
  let fence: string | undefined
  let details = 0
  for (const line of text.split('\n')) {
    const run = /^(`{3,})/.exec(line)?.[1]
    if (fence !== undefined) {
      if (run && run.length >= fence.length && line.trim() === run) fence = undefined
    } else if (run) fence = run
    else details += (line.match(/<details>/g)?.length ?? 0) - (line.match(/<\/details>/g)?.length ?? 0)
  }
  return { fence, details }
}
