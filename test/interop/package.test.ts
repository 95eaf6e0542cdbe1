// The package as a stranger gets it: packed, installed offline into an empty folder, run.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'waybill-package-')))
const installed = join(folder, 'empty', 'node_modules', 'waybill')
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  npm_config_cache: join(folder, 'npm-cache'),
  npm_config_update_notifier: 'false',
}
let packed: readonly string[] = []

before(() => {
  const dist = join(folder, 'dist')
  run(process.execPath, join(ROOT, 'scripts/build.ts'), dist)
  const [tarball] = JSON.parse(run('npm', 'pack', dist, '--json', '--pack-destination', folder)) as [
    { filename: string; files: readonly { path: string }[] },
  ]
  packed = tarball.files.map(({ path }) => path)
  mkdirSync(join(folder, 'empty'))
  run('npm', 'install', '--offline', '--ignore-scripts', '--prefix', 'empty', tarball.filename)
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds what it needs to run and to be understood, and nothing else', () => {
  const tops = new Set(packed.map((path) => path.replace(/\/.*/, '')))
  const documents = [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'THIRD-PARTY-NOTICES',
    'docs',
    'examples',
    'schemas',
  ]
  assert.deepEqual(tops, new Set([...documents, 'lib', 'package.json']))
  assert.deepEqual(
    packed.filter((path) => path.startsWith('lib/') && !/^lib\/(?:cli|chunks)\/[a-z0-9-]+\.js$/.test(path)),
    [],
  )
  const manifest = readFileSync(join(installed, 'package.json'), 'utf8')
  for (const word of ['ependencies', 'workspaces', 'scripts']) assert.ok(!manifest.includes(word), word)
})

test('every package that is inside is named with its licence', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const notices = readFileSync(join(installed, 'THIRD-PARTY-NOTICES'), 'utf8')
  const missing = Object.keys(dependencies).filter((name) => !notices.includes(`\n${name} `))
  assert.deepEqual(missing, [])
})

test('it answers, and keeps its compiled code in the home of who runs it', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  assert.equal(waybill('--version'), `waybill ${version}\n`)
  assert.match(waybill('promote', '--help'), /^Move one digest into an environment\./)
  assert.ok(existsSync(join(folder, '.cache', 'waybill')))
})

test('it shows the whole road', () => {
  const story = JSON.parse(waybill('demo', '--fast', '-o', 'json')) as { stages: { stage: string }[] }
  assert.equal(story.stages.at(-1)?.stage, 'forward')
})

function waybill(...words: readonly string[]): string {
  return run(join(folder, 'empty', 'node_modules', '.bin', 'waybill'), ...words)
}

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
