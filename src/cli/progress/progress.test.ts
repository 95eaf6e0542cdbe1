import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ItemStep, OwnStep } from '../../base/index.ts'
import { plainPaint } from '../../report/index.ts'
import { bar, frame } from './frame.ts'
import { ciSystemOf } from '../ci-log/detect.ts'
import { groupingFor } from '../ci-log/grouping.ts'
import { advanceItems, itemsFrame, noItems } from './items.ts'
import { lineProgress } from './lines.ts'
import { advance, halted, noProgress, totals } from './state.ts'

const A = `sha256:${'a'.repeat(64)}`
const B = `sha256:${'b'.repeat(64)}`
const hostile = '\u001b[2Jx ##vso[task.complete] \u202e'

const steps: readonly OwnStep[] = [
  { kind: 'step', step: 'resolve', state: 'start' },
  { kind: 'step', step: 'resolve', state: 'done', note: hostile },
  { kind: 'step', step: 'copy', state: 'start' },
  { kind: 'blob', digest: A, done: 500_000, size: 2_000_000, state: 'moving' },
  { kind: 'blob', digest: B, done: 0, size: 1_000_000, state: 'present' },
  { kind: 'manifest', digest: A, state: 'done' },
  { kind: 'warning', code: 'NO_REFERRERS_API', message: '::error::the registry has no referrers API' },
]

function linesIn(env: NodeJS.ProcessEnv): string {
  let text = ''
  let now = 1_000_000
  const progress = lineProgress({
    write: (more) => (text += more),
    grouping: groupingFor(ciSystemOf(env, '/'), (more) => (text += more)),
    now: () => (now += 1000),
  })
  for (const step of steps) progress.onStep(step)
  progress.onStep({ kind: 'blob', digest: A, done: 2_000_000, size: 2_000_000, state: 'done' })
  progress.onStep({ kind: 'step', step: 'copy', state: 'done' })
  progress.stop()
  return text
}

suite('src/cli/progress', () => {
  test('counts what is done: moved bytes, and whole blobs that were there', () => {
    const state = steps.reduce((at, step) => advance(at, step, 0), noProgress(0))
    assert.deepEqual(totals(state), {
      blobs: 2,
      finished: 1,
      doneBytes: 1_500_000,
      bytes: 3_000_000,
      manifests: 1,
    })
  })

  test('the live view shows steps, a bar per moving blob and the sum, within the width', () => {
    const state = steps.reduce((at, step) => advance(at, step, 0), noProgress(0))
    const picture = frame(state, 4_000, 80, plainPaint)
    assert.match(picture, /✓ resolve/)
    assert.match(picture, /██████░{18} {2}aaaaaaaaaaa… {2}500 kB of 2.0 MB/)
    assert.match(picture, /1 of 2 blobs {2}1.5 MB of 3.0 MB/)
    assert.match(picture, /copy .*4s/)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(picture, /\u001b|\u202e/)
    for (const line of picture.split('\n')) assert.ok(line.length <= 80, line)
    for (const line of frame(state, 4_000, 30, plainPaint).split('\n'))
      assert.ok(Array.from(line).length <= 30, line)
  })

  test('a step that did not finish says so in the last picture', () => {
    const state = steps.reduce((at, step) => advance(at, step, 0), noProgress(0))
    assert.match(frame(halted(state, 2_000), 9_000, 80, plainPaint), /✗ copy +2s$/)
  })

  test('bars are never longer than their cells', () => {
    assert.equal(bar(0, 0, 4), '████')
    assert.equal(bar(5, 4, 4), '████')
    assert.equal(bar(1, 4, 4), '█░░░')
  })

  test('plain lines: one per finished step and blob, nothing raw', () => {
    const text = linesIn({})
    assert.match(text, /^done resolve: .*; 2s$/m)
    assert.match(text, /^ {2}blob bbbbbbbbbbbb present \(1.0 MB\)$/m)
    assert.match(text, /^ {2}blob aaaaaaaaaaaa done \(2.0 MB\)$/m)
    assert.match(text, /^ {2}warning NO_REFERRERS_API: :·:error::the registry/m)
    assert.match(text, /^done copy: 2 blobs, 3.0 MB/m)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /\u001b|##vso\[|\u202e|^\s*::/m)
  })

  test('groups where the CI folds', () => {
    assert.match(linesIn({ GITHUB_ACTIONS: 'true' }), /^::group::copy\n[\s\S]*^::endgroup::$/m)
    assert.match(linesIn({ TF_BUILD: 'True' }), /^##\[group\]copy\n[\s\S]*^##\[endgroup\]$/m)
    // eslint-disable-next-line no-control-regex
    assert.match(linesIn({ GITLAB_CI: 'true' }), /\u001b\[0Ksection_start:\d+:waybill_copy\r\u001b\[0Kcopy\n/)
    const github = linesIn({ GITHUB_ACTIONS: 'true' })
    assert.equal(github.match(/^::group::/gm)?.length, github.match(/^::endgroup::/gm)?.length)
  })
})

const ITEM = `ordersvc → staging ${hostile}`

const items: readonly ItemStep[] = [
  { kind: 'item', item: 'paysvc', state: 'start', note: '', total: 3, requests: 4 },
  { kind: 'item', item: ITEM, state: 'start', note: '', total: 3, requests: 5 },
  { kind: 'item', item: 'paysvc', state: 'within', step: { kind: 'step', step: 'copy', state: 'start' } },
  ...steps.map((step) => ({ kind: 'item', item: ITEM, state: 'within', step }) as const),
  { kind: 'item', item: 'paysvc', state: 'within', step: { kind: 'step', step: 'copy', state: 'done' } },
  { kind: 'item', item: 'paysvc', state: 'done', note: 'promoted', total: 3, requests: 40 },
  { kind: 'item', item: ITEM, state: 'failed', note: hostile, total: 3, requests: 41 },
]

suite('src/cli/progress: many items', () => {
  test('plain lines: each item in one piece when it has ended, then what became of it', () => {
    let text = ''
    let now = 0
    const progress = lineProgress({
      write: (more) => (text += more),
      grouping: groupingFor(ciSystemOf({ GITHUB_ACTIONS: 'true' }, '/'), (more) => (text += more)),
      now: () => (now += 1000),
    })
    for (const step of items) progress.onStep(step)
    progress.stop()
    assert.match(
      text,
      /^::group::paysvc\n {2}done copy: \d+s\n::endgroup::\ndone paysvc: promoted \(1 of 3\)\n::group::ordersvc/,
    )
    assert.match(text, /::endgroup::\nfailed ordersvc → staging .*\(2 of 3\)\n$/)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /\u001b|##vso\[|\u202e|^\s*::(?!group::|endgroup::)/m)
  })

  test('the live view: the sum, and the items under way, within the width and height', () => {
    const running = items.slice(0, -2).reduce((at, step) => advanceItems(at, step, 0), noItems(0))
    const canvas = { now: 3000, width: 60, height: 24, paint: plainPaint }
    const picture = itemsFrame(running, canvas)
    assert.match(picture, /^ {2}0 of 3 {2}0 B {2}5 requests {2}3s\n {4}paysvc +copy {2}3s\n {4}ordersvc/)
    for (const line of picture.split('\n')) assert.ok(Array.from(line).length <= 60, line)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(picture, /\u001b|\u202e/)
    assert.match(itemsFrame(running, { ...canvas, height: 5 }), /and 1 more$/)
    const ended = items.reduce((at, step) => advanceItems(at, step, 0), noItems(0))
    assert.match(itemsFrame(ended, canvas), /^ {2}2 of 3 {2}1 failed {2}0 B {2}41 requests {2}3s$/)
    assert.equal(itemsFrame(noItems(0), canvas), '')
  })

  test('the live view: each item with its time and its newest note', () => {
    const start = { kind: 'item', state: 'start', note: '', total: 2, requests: 0 } as const
    const within = (item: string, step: OwnStep) => ({ kind: 'item', item, state: 'within', step }) as const
    const events: readonly (readonly [number, ItemStep])[] = [
      [0, { ...start, item: 'gitleaks' }],
      [0, { ...start, item: 'trivy' }],
      [500, within('trivy', { kind: 'step', step: 'scan', state: 'start' })],
      [1000, within('gitleaks', { kind: 'note', note: 'first' })],
      [2000, within('gitleaks', { kind: 'note', note: `scanned 12 commits ${hostile}` })],
    ]
    const state = events.reduce((at, [now, event]) => advanceItems(at, event, now), noItems(0))
    const picture = itemsFrame(state, { now: 42_000, width: 60, height: 24, paint: plainPaint })
    const [, gitleaks = '', trivy] = picture.split('\n')
    assert.match(gitleaks, /^ {4}gitleaks {2}42s {2}scanned 12 commits .*…$/)
    assert.equal(trivy, '    trivy     scan  42s')
    assert.ok(Array.from(gitleaks).length <= 60)
  })

  test('plain lines: a note is of the moment and in no log', () => {
    let text = ''
    const progress = lineProgress({
      write: (more) => (text += more),
      grouping: { start: () => {}, end: () => {} },
      now: () => 0,
    })
    progress.onStep({ kind: 'step', step: 'scan', state: 'start' })
    progress.onStep({ kind: 'note', note: 'half way' })
    progress.onStep({ kind: 'step', step: 'scan', state: 'done' })
    assert.equal(text, 'done scan\n')
  })
})
