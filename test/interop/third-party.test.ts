import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Digest } from '../../src/oci/index.ts'
import { findTool } from '../support/outside-tool.ts'
import type { Cleanup } from '../support/registries.ts'
import { finished, openRoad, tested } from '../support/road.ts'
import type { Road } from '../support/road.ts'

// The script of docs/guide/third-party-gates.md, word for word.
const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guide/third-party-gates.md'), 'utf8')
const SCRIPT = /^```sh\n(#!\/bin\/sh\n.*?)^```$/ms.exec(GUIDE)?.[1] ?? ''
const missing = !(await findTool('openssl')) || !(await findTool('curl'))
const skip = missing && 'this machine has no openssl or no curl'

suite('a third party with openssl and curl', { skip }, () => {
  test('its word opens and closes the gate', async (t) => {
    const { road, digest } = await world(t)
    assert.deepEqual(await told(road), ['pending', 'pending'])

    road.later(1)
    await attest(
      road,
      digest,
      { ...tested('dast', 'FAILED'), finishedOn: road.now.toISOString() },
      'stranger',
    )
    assert.deepEqual(await told(road), ['refused', 'fail'])

    road.later(1)
    await attest(road, digest, { ...tested('dast', 'PASSED'), finishedOn: road.now.toISOString() }, 'alice')
    assert.deepEqual(await told(road), ['refused', 'fail'], 'a signer who may not say so changes nothing')

    await attest(
      road,
      digest,
      { ...tested('dast', 'PASSED'), finishedOn: road.now.toISOString() },
      'stranger',
    )
    assert.deepEqual(await told(road), ['promoted', 'pass'])
  })

  test('what is about another digest says nothing about this one', async (t) => {
    const { road } = await world(t)
    const other = await road.build('two')
    await attest(road, other, { ...tested('dast', 'PASSED'), finishedOn: road.now.toISOString() }, 'stranger')
    assert.deepEqual(await told(road), ['pending', 'pending'])
  })
})

/** `stranger` is the scanner here. */
async function world(t: Cleanup): Promise<{ road: Road; digest: Digest }> {
  let scanner = ''
  const road = await openRoad(t, {
    git: false,
    trust: (signers) =>
      void signers.push({
        id: 'zap',
        kind: 'key',
        key: scanner || signers[0]?.['key'],
        mayAssert: ['test-result'],
      }),
  })
  scanner = road.publicKey('stranger')
  road.only('dev', 'prod')
  const attested = { name: 'dast', signers: ['zap'], maxAge: '1d', missing: 'pending' }
  road.change('prod', { gates: [{ passed: { environment: 'dev' } }, { attested }] })
  writeFileSync(join(road.directory, 'attest.sh'), SCRIPT)
  return { road, digest: await road.carry('one', {}, 'dev') }
}

async function told(road: Road) {
  const { outcome, verdict } = await road.promote('prod')
  return [outcome, verdict.gates.find((gate) => gate.gate === 'attested')?.result]
}

async function attest(road: Road, digest: Digest, predicate: object, key: string): Promise<void> {
  writeFileSync(join(road.directory, 'result.json'), JSON.stringify(predicate))
  writeFileSync(join(road.directory, 'third.key'), road.privateKey(key), { mode: 0o600 })
  const [host = '', ...path] = road.repository('dev').split('/')
  const words = [`http://${host}`, path.join('/'), digest, 'result.json', 'third.key']
  const child = spawn('/bin/sh', ['attest.sh', ...words], {
    cwd: road.directory,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { code, stderr } = await finished(child)
  assert.equal(code, 0, stderr)
}
