import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { WaybillError } from '../../base/index.ts'
import type { Config } from '../config.ts'
import { loadTrain } from './load.ts'

const directory = mkdtempSync(join(tmpdir(), 'waybill-train-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const config = {
  applications: new Map(['shop-web', 'shop-api', 'pay'].map((name) => [name, { name }])),
  environments: new Map(['dev', 'qa', 'prod'].map((name) => [name, { name }])),
} as unknown as Config

async function load(text: string) {
  const file = join(directory, 'train.yaml')
  writeFileSync(file, text)
  return loadTrain(file, 'train.yaml')
}

function names(prefix: string): string {
  return Array.from({ length: 1001 }, (_, n) => `${prefix}${n}`).join()
}

/** `line:column message` of each mistake. */
async function mistakes(text: string): Promise<readonly string[]> {
  try {
    const train = await load(text)
    train.promotions(config)
  } catch (error) {
    assert.ok(error instanceof WaybillError, String(error))
    assert.equal(error.code, 'CONFIG_INVALID')
    const problems = error.detail.problems as readonly { line: number; column: number; message: string }[]
    return problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
  }
  return []
}

describe('train.yaml: what it stands for', () => {
  it('the examples of the documentation', async () => {
    const docs = join(import.meta.dirname, '../../../docs')
    const pages = ['guide/trains.md', 'reference/train-yaml.md'].map((page) =>
      readFileSync(join(docs, page), 'utf8').replaceAll(
        /sha256:([0-9a-f]{4})…/g,
        `sha256:${'$1'.repeat(16)}`,
      ),
    )
    const examples = pages.flatMap((page) => [...page.matchAll(/^```yaml\n(.*?)^```/gms)])
    assert.equal(examples.length, 3)
    for (const [, example = ''] of examples) await load(example)
  })

  it('names and patterns times environments, in their order', async () => {
    const train = await load(
      'version: 1\npromotions:\n  - application: [pay, "shop-*"]\n    to: [qa, prod]\n    version: 1.4.0\n',
    )
    const commands = train.promotions(config)
    assert.deepEqual(
      commands.map(({ application, to }) => `${application} ${to}`),
      ['pay qa', 'pay prod', 'shop-web qa', 'shop-web prod', 'shop-api qa', 'shop-api prod'],
    )
    assert.deepEqual(commands[0], { application: 'pay', to: 'qa', version: '1.4.0' })
    assert.deepEqual([train.concurrency, train.stopOnFailure], [16, false])
  })

  it('images: tags of a repository are names here and there; an image keeps its tag', async () => {
    const train = await load(
      `
version: 1
images:
  - { source: a.io/tool, destination: [b.io/tool, c.io/tool], tags: [1.0, 2.0], floating: [latest] }
  - { source: 'a.io/other:3.1', destination: b.io/other }
  - { source: 'a.io/other:3.1', destination: b.io/third, tags: ['3.1', '3'], referrers: false }
`.replace('[1.0, 2.0]', '["1.0", "2.0"]'),
    )
    assert.deepEqual(
      train.images.map(({ source, destination, tags, floating, referrers }) =>
        [source, destination, tags.join(), floating.join(), referrers].join(' '),
      ),
      [
        'a.io/tool:1.0 b.io/tool 1.0  true',
        'a.io/tool:2.0 b.io/tool 2.0  true',
        'a.io/tool:latest b.io/tool  latest true',
        'a.io/tool:1.0 c.io/tool 1.0  true',
        'a.io/tool:2.0 c.io/tool 2.0  true',
        'a.io/tool:latest c.io/tool  latest true',
        'a.io/other:3.1 b.io/other 3.1  true',
        'a.io/other:3.1 b.io/third 3.1,3  false',
      ],
    )
  })
})

describe('train.yaml: mistakes', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['nothing to do', 'version: 1\n', /^1:1 Found nothing to move, expected "promotions" or "images"/],
    [
      'an unknown key',
      'version: 1\npromotions:\n  - { application: pay, too: qa }\n',
      /^3:25 Found the unknown key "too".*Did you mean "to"\?/m,
    ],
    [
      'an unknown application',
      'version: 1\npromotions:\n  - application: [pay, shop-wep]\n    to: qa\n',
      /^3:24 Found the unknown application, "shop-wep".*Did you mean "shop-web"\?/,
    ],
    [
      'a pattern that fits nothing',
      'version: 1\npromotions:\n  - application: "x-*"\n    to: qa\n',
      /^3:18 Found a pattern that fits no application, "x-\*"/,
    ],
    [
      'an unknown environment',
      'version: 1\npromotions:\n  - application: pay\n    to: quality\n',
      /^4:9 Found the unknown environment "quality", expected dev, qa or prod/,
    ],
    [
      'the same promotion twice',
      'version: 1\npromotions:\n  - { application: pay, to: qa }\n  - { application: "p*", to: qa }\n',
      /^4:20 "pay" goes to "qa" twice/,
    ],
    [
      'a repository without tags',
      'version: 1\nimages:\n  - source: a.io/tool\n    destination: b.io/tool\n',
      /^3:13 Found "a.io\/tool", expected a tag, a digest, or "tags"/,
    ],
    [
      'a destination that is none',
      'version: 1\nimages:\n  - source: a.io/tool:1\n    destination: B.io/Tool\n',
      /^4:18 .*must be lower case/,
    ],
    [
      'a tag that is a number',
      'version: 1\nimages:\n  - { source: a.io/x, destination: b.io/x, tags: [1.0] }\n',
      /put it in quotes/,
    ],
    [
      'more images than any memory holds, in a few lines',
      `version: 1\nimages:\n  - { source: a.io/x, tags: [${names('t')}], destination: [${names('b.io/x')}] }\n`,
      /^3:5 Found more than 1000000 images times destinations/,
    ],
    ['too many at once', 'version: 1\nconcurrency: 1000\n', /^2:14 Found 1000, expected at most 256/],
  ]
  for (const [name, text, expected] of cases) {
    it(name, async () => assert.match((await mistakes(text)).join('\n'), expected))
  }
})
