// One file, as a stranger gets it: where there is no Node, in an empty folder, and in an image.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { openLayout } from '../../src/registry/index.ts'
import { buildahEnv } from '../support/buildah.ts'
import { putIndex } from '../support/images.ts'
import { findTool } from '../support/outside-tool.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'waybill-single-test-')))
const single = join(folder, 'single')
const home = join(folder, 'home')
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
const version = `waybill ${manifest.version}\n`
const noExecutable = process.platform === 'linux' ? false : 'The executable is made on Linux only.'

before(() => {
  mkdirSync(home)
  run(process.execPath, [join(ROOT, 'scripts/build.ts'), '--single', folder])
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('the executable needs nothing around it', { skip: noExecutable }, async () => {
  const waybill = (...words: readonly string[]) => run(join(single, 'waybill'), words, { HOME: home })
  assert.equal(waybill('--version'), version)
  const { descriptor } = await putIndex(await openLayout(join(home, 'from'), { create: true }), {}, 'a')
  const copy = JSON.parse(waybill('image', 'copy', 'layout:from:a', 'layout:to:b', '-o', 'json')) as object
  assert.ok(JSON.stringify(copy).includes(descriptor.digest))
  assert.match(waybill('image', 'tree', 'layout:to:b'), /linux\/arm64/)
})

test('the one file for any Node shows the whole road', () => {
  const words = [join(single, 'waybill.mjs'), 'demo', '--fast', '-o', 'json']
  const story = run(process.execPath, words, { HOME: home, PATH: process.env.PATH })
  const { stages } = JSON.parse(story) as { stages: readonly { stage: string }[] }
  assert.equal(stages.at(-1)?.stage, 'forward')
})

test('licences are beside it, those of Node included', () => {
  assert.match(readFileSync(join(single, 'LICENSE'), 'utf8'), /^Apache License/)
  const notices = readFileSync(join(single, 'THIRD-PARTY-NOTICES'), 'utf8')
  for (const name of ['\nzod ', `Node.js ${process.version}`]) assert.ok(notices.includes(name), name)
})

const wanted = ['buildah', 'ldd', 'chroot', 'umoci']
const missing = (await Promise.all(wanted.map(async (tool) => ((await findTool(tool)) ? [] : [tool])))).flat()
const noImage =
  noExecutable ||
  (missing.length > 0 && `${missing.join(', ')} not installed`) ||
  (process.getuid?.() !== 0 && 'chroot is for root only')

test('the Containerfile gives an image that runs, as nobody', { skip: noImage }, () => {
  const env = buildahEnv(folder)
  const base = join(folder, 'base')
  for (const file of sharedLibraries()) {
    mkdirSync(join(base, dirname(file)), { recursive: true })
    copyFileSync(file, join(base, file))
  }
  buildah('build', '--tag', 'base', '--file', write('Containerfile.base', 'FROM scratch\nCOPY . /\n'), base)
  const recipe = ['--build-arg', 'BASE=localhost/base', '--file', join(ROOT, 'Containerfile')]
  assert.throws(() => buildah('build', '--file', join(ROOT, 'Containerfile'), single), /ommand failed/)
  buildah('build', '--tag', 'waybill', ...recipe, single)
  buildah('push', 'waybill', `oci:${join(folder, 'image')}:a`)

  const config = JSON.parse(buildah('inspect', '--format', '{{.Config}}', '--type', 'image', 'waybill')) as {
    config: { User: string; Entrypoint: readonly string[] }
  }
  assert.equal(config.config.User, '65532:65532')
  run('umoci', ['unpack', '--image', `${join(folder, 'image')}:a`, join(folder, 'bundle')], env)
  const inside = ['--userspec=65532:65532', join(folder, 'bundle', 'rootfs'), ...config.config.Entrypoint]
  assert.equal(run('chroot', [...inside, '--version'], { PATH: process.env.PATH }), version)

  function buildah(...words: readonly string[]): string {
    return run('buildah', words, env)
  }
})

/** What the dynamic loader takes for this Node, itself included. */
function sharedLibraries(): readonly string[] {
  const listed = run('ldd', [process.execPath], { PATH: process.env.PATH })
  return [...listed.matchAll(/(?:=> |^\s*)(\/\S+)/gm)].flatMap(([, file]) => (file ? [file] : []))
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function run(program: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  return execFileSync(program, words, { cwd: home, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
