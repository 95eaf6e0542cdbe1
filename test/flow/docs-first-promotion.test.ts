import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { serveRegistry } from '../../src/embedded/index.ts'
import { MAIN } from '../support/command-line.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('docs/guide/first-promotion.md does what it says, line by line', { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-guide-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const registry = await serveRegistry({ root: join(folder, 'registry') })
  t.after(() => registry.close())

  const script = [
    'set -eu',
    `waybill() { "${process.execPath}" "${MAIN}" "$@"; }`,
    ...shellBlocks(await readFile(join(root, 'docs/guide/first-promotion.md'), 'utf8')),
    'waybill promote hello --to prod --version 1.0.0 -o json > again.json',
    'waybill status -o json > status.json',
  ].join('\n')
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, HOME: folder, REGISTRY: `${registry.address}/you` }
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: folder,
    env,
    maxBuffer: 1 << 24,
  })

  const made = async (name: string) => readFile(join(folder, 'first-road', name), 'utf8')
  const again = JSON.parse(await made('again.json'))
  assert.equal(again.outcome, 'already')
  const [{ environments }] = JSON.parse(await made('status.json')).applications
  assert.deepEqual(
    environments.map((e: { digest: string }) => e.digest),
    [again.digest, again.digest],
  )
  assert.match(await made('road.html'), /<!doctype html>/i)
  assert.match(stdout, /Refused: hello/)
  assert.match(stdout, /Verified/)
})

function shellBlocks(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
}
