import assert from 'node:assert/strict'
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { VerifyAnswer } from '../../src/insight/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

describe('verify a copy in a folder, with nothing but trust.yaml', () => {
  let road: Road
  let digest: Digest
  const ends: (() => Promise<void> | void)[] = []
  before(async () => {
    road = await openRoad({ after: (end) => void ends.push(end) }, { git: false, layout: 'separate' })
    digest = await road.carry('one', { version: '1.0.0' }, 'dev', 'staging', 'prod')
    const copied = await road.cli(['image', 'copy', `${road.repository('prod')}:1.0.0`, 'layout:./copy'])
    assert.equal(copied.code, 0, copied.stderr)
    // From here on nothing may be asked.
    for (const lab of [road.nonprod, road.prod]) lab.fault = () => assert.fail('the registry was asked')
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  async function verify(
    folder: string,
  ): Promise<{ code: number | null; answer: VerifyAnswer; text: string }> {
    const done = await road.cli(['verify', `layout:./${folder}`, '--trust', 'trust.yaml', '-o', 'json'])
    return {
      code: done.code,
      answer: JSON.parse(done.stdout) as VerifyAnswer,
      text: done.stderr + done.stdout,
    }
  }

  /** A fresh copy of the folder with one blob changed, found by what is in it. */
  async function tampered(
    name: string,
    isIt: (text: string) => boolean,
    change: (text: string) => string | undefined,
  ) {
    await cp(join(road.directory, 'copy'), join(road.directory, name), { recursive: true })
    const blobs = join(road.directory, name, 'blobs', 'sha256')
    for (const file of await readdir(blobs)) {
      const text = await readFile(join(blobs, file), 'latin1')
      if (!isIt(text)) continue
      const changed = change(text)
      if (changed === undefined) await rm(join(blobs, file))
      else await writeFile(join(blobs, file), changed, 'latin1')
      return
    }
    assert.fail('no such blob in the copy')
  }

  it('everything of the way is there and verifies', async () => {
    const { code, answer, text } = await verify('copy')
    assert.equal(code, 0, text)
    assert.deepEqual([answer.kind, answer.result, answer.digest], ['verification', 'pass', digest])
    assert.deepEqual(
      answer.promotions.map((entry) => entry.environment),
      ['dev', 'staging', 'prod'],
    )
    assert.deepEqual(
      answer.evidence.map((entry) => entry.name).toSorted((a, b) => a.localeCompare(b)),
      [
        'pass',
        'pass',
        'pass',
        'promotion',
        'promotion',
        'promotion',
        'provenance',
        'signature',
        'test-result',
      ],
    )
    assert.ok(
      answer.checks.every((check) => check.result === 'pass'),
      text,
    )
  })

  it('another trust policy: nothing counts, exit 3', async () => {
    const signers = JSON.parse(await readFile(join(road.directory, 'trust.yaml'), 'utf8')) as {
      signers: object[]
    }
    await writeFile(
      join(road.directory, 'other.yaml'),
      JSON.stringify({ version: 1, signers: signers.signers.slice(-1) }),
    )
    const done = await road.cli(['verify', 'layout:./copy', '--trust', 'other.yaml', '-o', 'json'])
    const answer = JSON.parse(done.stdout) as VerifyAnswer
    assert.equal(done.code, 3)
    assert.ok(answer.evidence.every((entry) => entry.state === 'foreign'))
    assert.deepEqual(answer.promotions, [])
    assert.equal(answer.checks.find((check) => check.what === 'provenance')?.result, 'note')
  })

  const isPayload = (type: string) => (text: string) => {
    const payload = /"payload":"([A-Za-z0-9+/=]+)"/.exec(text)?.[1]
    return payload !== undefined && Buffer.from(payload, 'base64').toString('utf8').includes(type)
  }
  const flip = (text: string) => text.replace(/.$/, (last) => (last === '}' ? ' ' : '}'))

  it('one byte of a record changed: exit 3', async () => {
    await tampered('record', isPayload('waybill.dev/promotion/v1'), flip)
    const { code, answer, text } = await verify('record')
    assert.equal(code, 3, text)
    assert.ok(
      answer.checks.some((check) => check.result === 'fail' && check.code === 'DIGEST_MISMATCH'),
      text,
    )
  })

  it('a record cut out: exit 3', async () => {
    await tampered('cut', isPayload('waybill.dev/promotion/v1'), () => undefined)
    const { code, answer } = await verify('cut')
    assert.equal(code, 3)
    assert.ok(answer.checks.some((check) => check.code === 'BLOB_MISSING'))
  })

  it('one byte of a layer changed: exit 3', async () => {
    await tampered(
      'layer',
      (text) => text.startsWith('\x1f\x8b'),
      (text) => `${text.slice(0, -1)}\xff`,
    )
    const { code, answer, text } = await verify('layer')
    assert.equal(code, 3, text)
    assert.equal(answer.checks.find((check) => check.what === 'content')?.code, 'DIGEST_MISMATCH')
  })

  it('a layer gone: exit 3', async () => {
    await tampered(
      'gone',
      (text) => text.startsWith('\x1f\x8b'),
      () => undefined,
    )
    const { code, answer } = await verify('gone')
    assert.deepEqual([code, answer.checks[0]?.code], [3, 'BLOB_MISSING'])
  })

  it('one byte of the index changed: not accepted', async () => {
    await tampered(
      'index',
      (text) => text.includes('image.index.v1+json') && text.includes('"platform"'),
      flip,
    )
    const { code, text } = await verify('index')
    assert.ok(code === 1 || code === 3, text)
    assert.match(text, /DIGEST_MISMATCH/)
  })

  it('the same image without what was signed about it: exit 3', async () => {
    for (const lab of [road.nonprod, road.prod]) lab.fault = undefined
    const bare = await road.cli([
      'image',
      'copy',
      `${road.repository('prod')}:1.0.0`,
      'layout:./bare',
      '--no-referrers',
    ])
    assert.equal(bare.code, 0, bare.stderr)
    const { code, answer } = await verify('bare')
    assert.equal(code, 3)
    assert.deepEqual([answer.evidence, answer.promotions], [[], []])
    assert.equal(answer.digest, digest)
    assert.equal(answer.checks.find((check) => check.what === 'provenance')?.result, 'note')
  })
})
