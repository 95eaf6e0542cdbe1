import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { hostileTrace, sampleDemo, sampleTrace } from '../../../test/support/sample-answers.ts'
import { demoHtml, traceHtml } from '../index.ts'
import { html } from './html.ts'

const pages = {
  trace: traceHtml(sampleTrace),
  hostile: traceHtml(hostileTrace),
  empty: traceHtml({
    ...sampleTrace,
    promotions: [],
    running: [],
    evidence: [],
    approvals: [],
    platforms: [],
  }),
  demo: demoHtml(sampleDemo),
}

suite('src/report/page', () => {
  for (const [name, page] of Object.entries(pages)) {
    test(`${name}: only known elements and attributes, whatever the answers say`, () => {
      const elements = new Set([...page.matchAll(/<([a-z0-9]+)/g)].map(([, element]) => element))
      for (const element of ['script', 'img', 'iframe', 'link', 'form', 'object', 'base']) {
        assert.ok(!elements.has(element), element)
      }
      for (const [tag] of page.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<[a-z][^>]*>/g)) {
        assert.doesNotMatch(tag, /\s(?:on[a-z]+|style|src)=/, tag)
        const href = /\shref="([^"]*)"/.exec(tag)?.[1]
        if (href !== undefined) assert.match(href, /^#[a-z0-9-]+$/)
      }
    })

    test(`${name}: the style is the one its policy allows`, () => {
      const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? []
      const hash = createHash('sha256').update(style).digest('base64')
      assert.ok(page.includes(`style-src 'sha256-${hash}'`))
      assert.match(page, /default-src 'none'/)
      assert.doesNotMatch(style, /url\(|@import/)
    })

    test(`${name}: one h1, landmarks, unique anchors, links that lead somewhere`, () => {
      assert.equal(page.match(/<h1>/g)?.length, 1)
      for (const landmark of ['<header>', '<main id="content">', '<footer>'])
        assert.ok(page.includes(landmark))
      const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
      assert.deepEqual(
        ids.filter((id, at) => ids.indexOf(id) !== at),
        [],
      )
      const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
      assert.deepEqual(
        links.filter((id) => !ids.includes(id)),
        [],
      )
    })
  }

  test('every hop shows its gates, reasons, evidence, record, sequence, signer and time', () => {
    for (const entry of sampleTrace.promotions) {
      assert.ok(pages.trace.includes(entry.record))
      assert.ok(pages.trace.includes(`number ${entry.sequence}`))
      for (const gate of entry.gates) assert.ok(pages.trace.includes(gate.reason), gate.reason)
    }
    assert.match(pages.trace, /2026-11-20 13:05 UTC,\s+signed by\s+promotion, asked for by release-bot/)
  })

  test('a forced promotion says so on the picture', () => {
    assert.match(pages.hostile, /FORCED/)
    assert.match(pages.hostile, /forced \(break-glass\)/)
  })

  test('the demo names each image by one letter everywhere', () => {
    const chips = [...pages.demo.matchAll(/title="(sha256:[0-9a-f]+)"\s*>\s*<b>([A-Z?])<\/b>/g)]
    assert.ok(chips.length > 10)
    const letters = new Map(chips.map(([, digest, letter]) => [digest, letter]))
    for (const [, digest, letter] of chips) assert.equal(letters.get(digest), letter)
    assert.equal(new Set(letters.values()).size, letters.size)
  })

  test('html escapes text and attributes', () => {
    assert.equal(
      html`<p title="${'"\'<&>'}">${'\u001b<'}</p>`.text,
      '<p title="&quot;&#39;&lt;&amp;&gt;">\\u001b&lt;</p>',
    )
  })
})
