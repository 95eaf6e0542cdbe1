import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { demoHtml, traceHtml } from '../../src/report/index.ts'
import { findTool } from '../support/outside-tool.ts'
import { hostileTrace, sampleDemo, sampleTrace } from '../support/sample-answers.ts'

const browserPath = (await findTool('chromium')) ?? (await findTool('google-chrome'))
const pages = { trace: traceHtml(sampleTrace), hostile: traceHtml(hostileTrace), demo: demoHtml(sampleDemo) }

suite('pages in a real browser', { skip: !browserPath && 'no chromium on this machine' }, () => {
  test('nothing is loaded, nothing runs, nothing overflows at any width', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'waybill-page-'))
    t.after(() => rm(directory, { recursive: true, force: true }))
    const browser = await chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] })
    t.after(() => browser.close())
    for (const [name, text] of Object.entries(pages)) {
      const file = join(directory, `${name}.html`)
      await writeFile(file, text)
      const page = await browser.newPage()
      const requests: string[] = []
      const complaints: string[] = []
      page.on('request', (request) => requests.push(request.url()))
      page.on('console', (message) => complaints.push(message.text()))
      page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`))
      await page.goto(pathToFileURL(file).href)
      for (const width of [320, 400, 800, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        const scroll = await page.evaluate<number>('document.documentElement.scrollWidth')
        assert.ok(scroll <= width, `${name} at ${width}: ${scroll} wide`)
      }
      assert.deepEqual(complaints, [], name)
      assert.deepEqual(requests, [pathToFileURL(file).href])
      await page.close()
    }
  })

  test('text stands out from its ground (WCAG AA) in both colour schemes', async (t) => {
    const browser = await chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] })
    t.after(() => browser.close())
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme })
      await page.setContent(pages.demo)
      const weak = await page.evaluate<string[]>(WEAK_CONTRAST)
      assert.deepEqual(weak, [], colorScheme)
      await page.close()
    }
  })
})

// In the page: every piece of text against the nearest opaque ground behind it.
const WEAK_CONTRAST = `(() => {
  const channel = (value) => value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour.length === 3 || colour[3] === 1) return colour
    }
    return [255, 255, 255]
  }
  const weak = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (walker.currentNode.textContent.trim() === '' || element.closest('.skip')) continue
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < 4.5) weak.add(element.className + ' ' + element.tagName + ' ' + ratio.toFixed(2))
  }
  return [...weak]
})()`
