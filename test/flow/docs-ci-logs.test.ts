import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ciSystemOf } from '../../src/cli/ci-log/detect.ts'
import { secretsOf } from '../../src/base/index.ts'
import { blocksOf, filledIn, pageText, typed } from '../support/guide.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import { MAIN } from '../support/command-line.ts'

const PAGE = 'ci-logs.md'

test('docs/guide/ci-logs.md: its scripts do what it says', async (t) => {
  const road = await openRoad(t)
  const digest = await road.carry('a', {}, 'dev')
  const [outputs = '', comment = ''] = blocksOf(PAGE, 'sh')
  const waybill = `waybill() { "${process.execPath}" "${MAIN}" "$@"; }\n`

  const plan = await typed(`${waybill}${comment}`, road.directory, road.env)
  assert.equal(plan.code, 0, plan.stderr)
  const mark = plan.stdout.trimEnd()
  assert.equal(mark, `<!-- waybill:plan:${APP}:staging -->`)
  assert.ok(pageText(PAGE).includes(mark))

  const script = filledIn(outputs, { '--to staging': `--to dev --image ${imageTag('a')} > answer.txt` })
  const done = await typed(`${waybill}${script}`, road.directory, road.env)
  assert.equal(done.code, 0, done.stderr)
  assert.equal(done.stdout, `already ${road.nonprod.address}/${APP}@${digest}\n`)
})

test('docs/guide/ci-logs.md: the marks are those that are written', () => {
  const [marks] = blocksOf(PAGE, 'text')
  const message = '1 critical finding: CVE-2026-1234 in openssl 3.0.1, fixed in 3.0.2.'
  const notice = { severity: 'error', title: 'ordersvc → staging: vulnerabilities', message } as const
  const systems = [{ GITHUB_ACTIONS: 'true' }, { TF_BUILD: 'True' }]
  assert.equal(marks, systems.map((env) => ciSystemOf(env, '/').notice(notice)).join(''))
})

test('docs/guide/ci-logs.md: the names it says are secret are', () => {
  const [, list = ''] = /names that end in (.*?), from 8 characters/s.exec(pageText(PAGE)) ?? []
  const names = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
  assert.equal(names.length, 11)
  for (const name of names) assert.equal(secretsOf({ [`X_${name}`]: 'long-enough' }).length, 1, name)
})
