import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { run, UnsatisfiedFlagError, UnsatisfiedPositionalError } from '@stricli/core'
import { commandPaths } from '../scripts/cli-docs.ts'
import { agreement, outputSchemas } from '../scripts/output-schemas.ts'
import { buildFor } from '../src/cli/application.ts'
import { helpFor } from '../src/cli/help.ts'
import { isGroup, routes, sections } from '../src/cli/routes.ts'
import { predicateTypes } from '../src/attestation/predicate-types.ts'
import { gates } from '../src/policy/gates.ts'
import { imageCheckKeys } from '../src/pipeline/image-checks/schema.ts'
import { buildSchema } from '../src/pipeline/schema.ts'
import { plainPaint } from '../src/report/index.ts'
import { readers } from '../src/tools/readers.ts'

const ROOT = join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md', 'examples/**/*.md'], { cwd: ROOT }).filter(
  (file) => !file.includes('node_modules'),
)

test('links in the documentation lead somewhere', () => {
  const broken = pages.flatMap((file) =>
    linksOf(file)
      .filter((link) => !existsSync(join(ROOT, dirname(file), decodeURI(link))))
      .map((link) => `${file}: ${link}`),
  )
  assert.deepEqual(broken, [])
})

test('every gate has its page, and stands in the list of all gates once', () => {
  const index = readFileSync(join(ROOT, 'docs/reference/gates.md'), 'utf8')
  const listed = [...index.matchAll(/^\|[^|]*\| \[(\w+)\]\(gates\/\1\.md\) \|/gm)].map(
    ([, kind = '']) => kind,
  )
  assert.deepEqual(listed.toSorted(), [...new Set([...Object.keys(gates), 'hold', 'quarantine'])].toSorted())
})

test('pages say which gates are about the entry, and are not asked before an image is pushed', () => {
  const entry = Object.entries(gates).flatMap(([kind, { asks }]) => (asks === 'entry' ? [kind] : []))
  for (const page of ['reference/gates.md', 'guide/scan.md']) {
    const text = readFileSync(join(ROOT, 'docs', page), 'utf8')
    const [, list = ''] = /bout its entry[^:`]*:?[^`]*((?:`\w+`(?:, | and )?)+)/.exec(text) ?? []
    assert.deepEqual(
      [...list.matchAll(/`(\w+)`/g)].map(([, kind = '']) => kind).toSorted(),
      entry.toSorted(),
      page,
    )
  }
})

test('every short name of a predicate stands on the page of predicates', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/predicates.md'), 'utf8')
  for (const name of Object.keys(predicateTypes)) assert.ok(page.includes(`\`${name}\``), name)
})

test('every key of build stands in the guide and in the reference', () => {
  const keys = Object.keys(buildSchema.shape).filter((key) => !Object.hasOwn(imageCheckKeys, key))
  for (const page of ['docs/guide/build.md', 'docs/reference/waybill-yaml.md']) {
    const text = readFileSync(join(ROOT, page), 'utf8')
    for (const key of keys) assert.ok(text.includes(`\`${key}\``), `${key} in ${page}`)
  }
})

test('every report format stands on the page of reports', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/reports.md'), 'utf8')
  for (const { format } of readers) assert.match(page, new RegExp(`^\\| \\[?\`${format}\``, 'm'))
})

test('every command has its page and stands in one section of the help', async () => {
  for (const path of commandPaths()) {
    assert.ok(existsSync(join(ROOT, 'docs/cli', `${path.join('-')}.md`)), path.join(' '))
  }
  const named = sections.flatMap(({ names }) => names)
  assert.deepEqual(named.toSorted(), Object.keys(routes).toSorted())
})

test('every example in --help begins with its own command and is one that the command line takes', async () => {
  for (const path of commandPaths()) {
    const [first = '', second] = path
    const top = routes[first]
    const route = top && (isGroup(top) ? top.routes[second ?? ''] : top)
    assert.ok(route)
    const { examples } = (await route.load()).default
    assert.ok(examples.length > 0, path.join(' '))
    for (const { line } of examples) {
      assert.ok(line === path.join(' ') || line.startsWith(`${path.join(' ')} `), line)
      assert.deepEqual(await mistakesIn(line), [], line)
    }
  }
})

test('the command line takes what the documentation tells to type', async () => {
  const written = pages.filter((file) => !file.startsWith('docs/cli/'))
  const told = written.flatMap((file) => commandLinesOf(file).map((line) => ({ file, line })))
  assert.ok(told.length > 40, `only ${told.length} lines found`)
  const wrong: string[] = []
  for (const { file, line } of told)
    for (const error of await mistakesIn(line)) wrong.push(`${file}: waybill ${line}: ${String(error)}`)
  assert.deepEqual(wrong, [])
})

test('commands and flags that the documentation speaks of exist', async () => {
  const wrong: string[] = []
  for (const file of pages)
    for (const [, line = ''] of textOf(file).matchAll(/`waybill ([a-z-][^`\n]*)`/g))
      for (const error of await mistakesIn(line))
        if (!isIncomplete(error)) wrong.push(`${file}: waybill ${line}: ${String(error)}`)
  assert.deepEqual(wrong, [])
})

test('every output kind has its published schema', () => {
  assert.ok(agreement.every(Boolean))
  for (const kind of Object.keys(outputSchemas)) {
    const text = readFileSync(join(ROOT, 'schemas/output', `${kind}.schema.json`), 'utf8')
    assert.equal((JSON.parse(text) as { title: string }).title, `waybill -o json: ${kind}`)
  }
})

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

function linksOf(file: string): readonly string[] {
  const text = textOf(file).replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '')
  const found = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link.replace(/#.*$/, ''))
  return found.filter((link) => link !== '' && !/^[a-z]+:/.test(link))
}

/** What follows `waybill` on the lines of shell and text blocks. */
function commandLinesOf(file: string): readonly string[] {
  const blocks = [...textOf(file).matchAll(/^```(?:sh|text)\n(.*?)^```$/gms)].map(([, block = '']) => block)
  return blocks.flatMap((block) =>
    [...block.replaceAll('\\\n', ' ').matchAll(/^ *(?:\$ |npx )?waybill (.*)$/gm)].map(
      ([, line = '']) => line,
    ),
  )
}

/** A line as a shell would cut it: no comment, nothing after the command, quotes undone. */
function wordsOf(line: string): readonly string[] {
  const inserted = line.replaceAll(/\$\([^)]*\)/g, 'inserted')
  const [command = ''] = inserted.split(/ +#| +(?:\|\||&&|[|<>;])/)
  return [...command.matchAll(/"[^"]*"|'[^']*'|\S+/g)].map(([word]) => word.replaceAll(/^["']|["']$/g, ''))
}

/** What the command line's own grammar finds wrong; the command itself does not run. */
async function mistakesIn(line: string): Promise<readonly unknown[]> {
  const words = wordsOf(line)
  if (words[0] === '--version' || (await helpFor(words, plainPaint)) !== undefined) return []
  const found: unknown[] = []
  const parts = { runner: async () => {}, onFailure: (error: unknown) => found.push(error) }
  const nowhere = { write: () => {} }
  await run(await buildFor(words, parts), words, { process: { stdout: nowhere, stderr: nowhere, env: {} } })
  return found
}

/** A text names a command without all it needs. */
function isIncomplete(error: unknown): boolean {
  const { cause } = error as Error
  return cause instanceof UnsatisfiedFlagError || cause instanceof UnsatisfiedPositionalError
}
