import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildPackage } from '../../scripts/build-package.ts'
import { APP, finished, imageTag, openRoad } from '../support/road.ts'
import { temporaryDirectory } from '../support/registries.ts'

test('the built package judges what is loaded only when it is asked for', async (t) => {
  const folder = join(await temporaryDirectory(t), 'package')
  await buildPackage(folder)
  const gates = [
    {
      cel: 'tests.unit.passed >= 2 && reports.all(r, r.kind == "tests") && application.safeMatches("^orders")',
    },
    { window: { allow: '00:00-24:00 Europe/Berlin' } },
    { licences: { deny: ['AGPL-3.0-only'] } },
    { vulnerabilities: {} },
  ]
  const road = await openRoad(t, {
    edit: ({ environments }) => {
      environments.dev = { ...environments.dev, gates }
    },
  })
  await road.build('a')
  const words = ['plan', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json']
  const child = spawn(process.execPath, [join(folder, 'lib/cli/main.js'), ...words], {
    cwd: road.directory,
    env: road.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { stdout, stderr } = await finished(child)
  const { verdict } = JSON.parse(stdout) as {
    verdict?: { gates: readonly { gate: string; result: string }[] }
  }
  const told = verdict?.gates.map(({ gate, result }) => `${gate}: ${result}`)
  const expected = ['cel: pass', 'window: pass', 'licences: fail', 'vulnerabilities: fail']
  assert.deepEqual(told, [...expected, 'hold: pass', 'quarantine: pass'], stderr || stdout)
})
