import assert from 'node:assert/strict'
import { createHash, verify as verifySignature } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isObject } from '../../src/base/index.ts'
import type { EvidenceAnswer, EvidenceExport, StatementAnswer } from '../../src/insight/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { openRoad, tested } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const HOSTILE = '\u001b[31mred ##vso[task.setvariable]x\n::set-output:: \u202egnp.exe'

let road: Road
let digest: Digest
const ends: (() => Promise<void> | void)[] = []

before(async () => {
  road = await openRoad({ after: (end) => void ends.push(end) }, { git: false, layout: 'separate' })
  await road.build('one')
  // What nobody may say, and what a tool wrote that means harm.
  await road.say(road.store('dev'), await named('git'), 'test-result', tested('fake', 'PASSED'), 'stranger')
  await road.say(road.store('dev'), await named('git'), 'test-result', tested(HOSTILE, 'PASSED'), 'tests')
  digest = await road.carry('one', {}, 'dev', 'staging', 'prod')
  const copied = await road.cli(['image', 'copy', `${road.repository('prod')}:1.0.0`, 'layout:./copy'])
  assert.equal(copied.code, 0, copied.stderr)
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

async function named(begin: string): Promise<Digest> {
  const store = road.store('dev')
  const tag = (await store.tags()).find((each) => each.startsWith(begin))
  const found = await store.head(tag ?? '')
  assert.ok(found)
  return found.digest
}

async function json<T>(...words: readonly string[]): Promise<T> {
  const done = await road.cli([...words, '-o', 'json'])
  assert.equal(done.code, 0, done.stdout + done.stderr)
  return JSON.parse(done.stdout) as T
}

const OFFLINE = ['layout:./copy', '--trust', 'trust.yaml']

describe('evidence list', () => {
  it('from a registry by waybill.yaml, and offline from a copy: the same', async () => {
    const online = await json<EvidenceAnswer>('evidence', 'list', `${road.repository('prod')}:1.0.0`)
    const requests = road.prod.requests.length + road.nonprod.requests.length
    const offline = await json<EvidenceAnswer>('evidence', 'list', ...OFFLINE)
    assert.equal(road.prod.requests.length + road.nonprod.requests.length, requests)
    assert.equal(online.digest, digest)
    const names = ({ evidence }: EvidenceAnswer) =>
      new Set(evidence.map((one) => [one.name, one.state, one.payload].join(' ')))
    assert.deepEqual(names(online), names(offline))
    const valid = online.evidence.filter(({ state }) => state === 'valid')
    assert.deepEqual(
      new Set(valid.map(({ name }) => name)),
      new Set(['provenance', 'signature', 'test-result', 'promotion', 'pass']),
    )
    const [foreign] = online.evidence.filter(({ state }) => state === 'foreign')
    assert.deepEqual([foreign?.code, foreign?.name], ['SIGNER_UNTRUSTED', 'test-result'])
    const mark = valid.find(({ name }) => name === 'pass')
    assert.ok(mark?.at)
    assert.equal(mark.provenOn, undefined)
  })

  it('says whose word a time is, fits 80 columns, and carries nothing hostile', async () => {
    for (const words of [
      ['list', ...OFFLINE],
      ['list', ...OFFLINE, '-o', 'markdown'],
    ]) {
      const { stdout } = await road.cli(['evidence', ...words])
      assert.match(stdout, /by its own account/)
      assert.match(stdout, /foreign/)
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u202a-\u202e]|##vso\[|^\s*::/m)
      if (!words.includes('markdown'))
        for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    }
  })
})

describe('evidence show', () => {
  it('by the beginning of the payload or of the manifest', async () => {
    const { evidence } = await json<EvidenceAnswer>('evidence', 'list', ...OFFLINE)
    const one = evidence.find(({ name }) => name === 'provenance')
    assert.ok(one)
    for (const begin of [one.payload, one.payload.slice(7, 19), one.manifest.slice(0, 20)]) {
      const [image = '', ...flags] = OFFLINE
      const shown = await json<StatementAnswer>('evidence', 'show', image, begin, ...flags)
      assert.equal(shown.evidence.payload, one.payload)
      assert.ok(isObject(shown.statement))
      assert.equal(shown.statement.predicateType, 'https://slsa.dev/provenance/v1')
    }
  })

  it('what does not count is shown as such', async () => {
    const { evidence } = await json<EvidenceAnswer>('evidence', 'list', ...OFFLINE)
    const foreign = evidence.find(({ state }) => state === 'foreign')
    const [image = '', ...flags] = OFFLINE
    const { stdout, code } = await road.cli(['evidence', 'show', image, foreign?.payload ?? '', ...flags])
    assert.equal(code, 0)
    assert.match(stdout, /counts +no, foreign \(SIGNER_UNTRUSTED\): No key of the trust/)
    assert.match(stdout, /"fake"/)
  })

  it('hostile text stays JSON and harmless', async () => {
    const { evidence } = await json<EvidenceAnswer>('evidence', 'list', ...OFFLINE)
    const [image = '', ...flags] = OFFLINE
    const hostile = evidence.find(({ summary }) => summary.includes('gnp.exe'))
    const { stdout } = await road.cli(['evidence', 'show', image, hostile?.manifest ?? '', ...flags])
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u202a-\u202e]|##vso\[/)
    const shown = JSON.parse(stdout.slice(stdout.indexOf('\n{'))) as {
      predicate: { configuration: { name: string }[] }
    }
    assert.equal(shown.predicate.configuration[0]?.name, HOSTILE)
  })

  it('none or several: exit 2', async () => {
    const [image = '', ...flags] = OFFLINE
    for (const begin of ['ffffffffffff', 'sha256:', 'x'])
      assert.equal((await road.cli(['evidence', 'show', image, begin, ...flags])).code, 2, begin)
  })
})

describe('evidence export', () => {
  const exported = (folder: string, ...more: readonly string[]) =>
    json<EvidenceExport>('evidence', 'export', ...OFFLINE, '--to', folder, ...more)

  it('DSSE envelopes that anybody can verify with the public key alone', async () => {
    const answer = await exported('dsse', '--type', 'pass')
    assert.equal(answer.files.length, 3)
    for (const { file, payloads } of answer.files) {
      assert.match(file, /^pass-[0-9a-f]{16}\.dsse\.json$/)
      const envelope = JSON.parse(readFileSync(join(road.directory, 'dsse', file), 'utf8')) as Envelope
      const payload = Buffer.from(envelope.payload, 'base64')
      assert.equal(`sha256:${createHash('sha256').update(payload).digest('hex')}`, payloads[0])
      const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `
      const signed = Buffer.concat([Buffer.from(head), payload])
      const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64')
      assert.ok(verifySignature('sha256', signed, road.publicKey('pass'), signature), file)
    }
  })

  it('bundles, one file of bundles, bare statements', async () => {
    const bundles = await exported('bundles', '--format', 'bundle')
    const lines = await exported('lines', '--format', 'jsonl')
    const statements = await exported('statements', '--format', 'intoto')
    assert.deepEqual(
      lines.files.map(({ file }) => file),
      ['evidence.jsonl'],
    )
    assert.equal(lines.files[0]?.payloads.length, bundles.files.length)
    const jsonl = readFileSync(join(road.directory, 'lines', 'evidence.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    for (const line of jsonl) {
      const bundle: unknown = JSON.parse(line)
      assert.ok(isObject(bundle) && isObject(bundle.dsseEnvelope))
    }
    for (const { file, payloads } of statements.files) {
      const bytes = readFileSync(join(road.directory, 'statements', file))
      assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, payloads[0])
    }
  })

  it('what does not count is never exported', async () => {
    const { files } = await exported('all', '--format', 'intoto')
    const texts = files.map(({ file }) => readFileSync(join(road.directory, 'all', file), 'utf8'))
    assert.ok(!texts.some((text) => text.includes('"fake"')))
    assert.ok(texts.length > 5)
  })

  it('again: nothing is written; a changed file is put right; a link is replaced, not followed', async () => {
    const [first, second] = (await exported('again')).files
    const path = (file: string | undefined) => join(road.directory, 'again', file ?? '')
    const before = statSync(path(first?.file)).mtimeMs
    assert.ok((await exported('again')).files.every(({ outcome }) => outcome === 'already'))
    assert.equal(statSync(path(first?.file)).mtimeMs, before)
    const bytes = readFileSync(path(first?.file))
    writeFileSync(path(first?.file), 'changed')
    const victim = join(road.directory, 'victim')
    writeFileSync(victim, 'mine')
    rmSync(path(second?.file))
    symlinkSync(victim, path(second?.file))
    const outcomes = (await exported('again')).files.map(({ outcome }) => outcome)
    assert.deepEqual(outcomes.slice(0, 2), ['written', 'written'])
    assert.deepEqual(readFileSync(path(first?.file)), bytes)
    assert.equal(readFileSync(victim, 'utf8'), 'mine')
    assert.ok(!readdirSync(join(road.directory, 'again')).some((file) => file.endsWith('.tmp')))
  })

  it('nothing of that type: no file, exit 0', async () => {
    assert.deepEqual((await exported('none', '--type', 'waiver')).files, [])
    assert.ok(!existsSync(join(road.directory, 'none')))
  })
})

interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly { readonly sig: string }[]
}
