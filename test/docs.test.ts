import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { commandPaths } from '../scripts/cli-docs.ts'
import { agreement, outputSchemas } from '../scripts/output-schemas.ts'
import { isGroup, routes, sections } from '../src/cli/routes.ts'

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

test('every command has its page and stands in one section of the help', async () => {
  for (const path of commandPaths()) {
    assert.ok(existsSync(join(ROOT, 'docs/cli', `${path.join('-')}.md`)), path.join(' '))
  }
  const named = sections.flatMap(({ names }) => names)
  assert.deepEqual(named.toSorted(), Object.keys(routes).toSorted())
})

test('every example in --help begins with its own command, and its flags exist', async () => {
  for (const path of commandPaths()) {
    const [first = '', second] = path
    const top = routes[first]
    const route = top && (isGroup(top) ? top.routes[second ?? ''] : top)
    assert.ok(route)
    const { default: definition } = await route.load()
    const { parameters } = definition.build(route.brief, async () => {})
    assert.ok(definition.examples.length > 0, path.join(' '))
    for (const { line } of definition.examples) {
      assert.ok(line === path.join(' ') || line.startsWith(`${path.join(' ')} `), line)
      for (const [, flag = ''] of line.matchAll(/ --([a-z-]+)/g)) {
        const name = flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
        assert.ok(Object.hasOwn(parameters.flags ?? {}, name), `${line}: --${flag}`)
      }
    }
  }
})

test('commands that the documentation names exist', () => {
  const known = new Set(Object.keys(routes))
  const wrong = pages.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:^|[`$] ?)waybill ([a-z]+)/gm)]
      .filter(([, name = '']) => !known.has(name) && name !== 'help')
      .map(([, name]) => `${file}: waybill ${name}`),
  )
  assert.deepEqual(wrong, [])
})

test('every output kind has its published schema', () => {
  assert.ok(agreement.every(Boolean))
  for (const kind of Object.keys(outputSchemas)) {
    const text = readFileSync(join(ROOT, 'schemas/output', `${kind}.schema.json`), 'utf8')
    assert.equal((JSON.parse(text) as { title: string }).title, `waybill -o json: ${kind}`)
  }
})

function linksOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '')
  const found = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link.replace(/#.*$/, ''))
  return found.filter((link) => link !== '' && !/^[a-z]+:/.test(link))
}
