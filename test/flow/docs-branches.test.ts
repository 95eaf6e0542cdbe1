import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serveRegistry } from '../../src/embedded/index.ts'
import { blocksOf, filledIn, typed } from '../support/guide.ts'
import { temporaryDirectory } from '../support/registries.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

test(
  'docs/guide/branches.md does what it says, from pull request to hotfix',
  { timeout: 120_000 },
  async (t) => {
    const folder = await temporaryDirectory(t)
    const registry = await serveRegistry({ root: join(folder, 'registry') })
    t.after(() => registry.close())
    const [config = ''] = blocksOf('branches.md', 'yaml')
    const filled = filledIn(config, { 'registry.example.com': registry.address })
    await writeFile(join(folder, 'waybill.yaml'), filled)
    const entry = (name: string, fact: string) =>
      `  - { id: ${name}, kind: key, key: keys/${name}.pub, mayAssert: [${fact}]`
    const trust = [
      'version: 1\nsigners:',
      `${entry('build', 'provenance')} }`,
      `${entry('promotion', 'promotion')} }`,
      `${entry('pass', 'pass')} }`,
      `${entry('security', 'waiver')}, identity: sec@example.com, roles: [security] }`,
    ]
    await writeFile(join(folder, 'trust.yaml'), `${trust.join('\n')}\n`)
    const script = [
      `waybill() { "${process.execPath}" "${MAIN}" "$@"; }`,
      'git init --quiet --initial-branch dev .',
      'git config user.name Dana && git config user.email dana@example.com',
      'git remote add origin https://git.example.com/contoso/ordersvc.git',
      'mkdir app && echo orders > app/orders.txt',
      "printf '%s\\n' registry keys out .cache '*.json' > .gitignore",
      'for fact in build promotion pass security; do waybill key generate --output-prefix keys/$fact; done',
      'git add . && git commit --quiet --message Begin',
      ...blocksOf('branches.md', 'sh'),
      'waybill status -o json > status.json',
      'waybill history ordersvc prod -o json > history.json',
      'cat status.json history.json | tr -d "\\n"',
    ].join('\n')
    const done = await typed(script, folder, { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE })
    assert.equal(done.code, 0, `${done.stdout}\n${done.stderr}`)
    assert.match(done.stdout, /1\.2\.0-rc\.1/)
    assert.match(done.stdout, /Cleaned ordersvc: 1 build deleted/)
    const { promotions } = JSON.parse(/\{\s*"kind":\s*"history".*\}$/s.exec(done.stdout)?.[0] ?? '{}') as {
      promotions: { sequence: number; version: string }[]
    }
    assert.deepEqual(
      promotions.map(({ version }) => version),
      ['1.2.1', '1.2.0'],
    )
  },
)
