import assert from 'node:assert/strict'
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { silent } from '../../src/base/index.ts'
import type { VerifyAnswer } from '../../src/insight/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { verifyCopy } from '../../src/wiring/index.ts'
import { openRoad } from '../support/road.ts'
import { requestCount } from '../support/registries.ts'
import type { Road } from '../support/road.ts'

describe('verify a copy in a folder, with nothing but trust.yaml', () => {
  let road: Road
  let digest: Digest
  let asked = 0
  const requests = async () => (await requestCount(road.nonprod)) + (await requestCount(road.prod))
  const ends: (() => Promise<void> | void)[] = []
  before(async () => {
    road = await openRoad({ after: (end) => void ends.push(end) }, { git: false, layout: 'separate' })
    digest = await road.carry('one', { version: '1.0.0' }, 'dev', 'staging', 'prod')
    const copied = await road.cli(['image', 'copy', `${road.repository('prod')}:1.0.0`, 'layout:./copy'])
    assert.equal(copied.code, 0, copied.stderr)
    asked = await requests()
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  const verify = (folder: string, trustFile = 'trust.yaml'): Promise<VerifyAnswer> =>
    verifyCopy(
      { reference: `layout:./${folder}`, trustFile: join(road.directory, trustFile) },
      {
        cwd: road.directory,
        env: {},
        onStep: silent,
        signal: new AbortController().signal,
        clock: { now: () => road.now },
      },
    )

  const onCli = async (folder: string) => {
    const done = await road.cli(['verify', `layout:./${folder}`, '--trust', 'trust.yaml', '-o', 'json'])
    return { code: done.code, answer: JSON.parse(done.stdout) as VerifyAnswer }
  }

  const failures = (answer: VerifyAnswer) =>
    answer.checks
      .filter((check) => check.result !== 'pass')
      .map(({ what, result, code }) => [what, result, code])

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
    const { code, answer } = await onCli('copy')
    assert.equal(code, 0)
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
    assert.deepEqual(failures(answer), [])
  })

  it('another trust policy: nothing counts', async () => {
    const signers = JSON.parse(await readFile(join(road.directory, 'trust.yaml'), 'utf8')) as {
      signers: object[]
    }
    await writeFile(
      join(road.directory, 'other.yaml'),
      JSON.stringify({ version: 1, signers: signers.signers.slice(-1) }),
    )
    const answer = await verify('copy', 'other.yaml')
    assert.equal(answer.result, 'fail')
    assert.ok(answer.evidence.every((entry) => entry.state === 'foreign'))
    assert.deepEqual(answer.promotions, [])
    assert.equal(answer.checks.find((check) => check.what === 'provenance')?.result, 'note')
  })

  const isPayload = (type: string) => (text: string) => {
    const payload = /"payload":"([A-Za-z0-9+/=]+)"/.exec(text)?.[1]
    return payload !== undefined && Buffer.from(payload, 'base64').toString('utf8').includes(type)
  }
  const flip = (text: string) => text.replace(/.$/, (last) => (last === '}' ? ' ' : '}'))

  it('one byte of a record changed', async () => {
    await tampered('record', isPayload('waybill.dev/promotion/v1'), flip)
    const { code, answer } = await onCli('record')
    assert.equal(code, 3)
    assert.deepEqual(failures(answer), [['invalid statement', 'fail', 'DIGEST_MISMATCH']])
  })

  it('a record cut out', async () => {
    await tampered('cut', isPayload('waybill.dev/promotion/v1'), () => undefined)
    assert.deepEqual(failures(await verify('cut')), [['invalid statement', 'fail', 'BLOB_MISSING']])
  })

  it('one byte of a layer changed', async () => {
    await tampered(
      'layer',
      (text) => text.startsWith('\x1f\x8b'),
      (text) => `${text.slice(0, -1)}\xff`,
    )
    assert.deepEqual(failures(await verify('layer')), [['content', 'fail', 'DIGEST_MISMATCH']])
  })

  it('a layer gone', async () => {
    await tampered(
      'gone',
      (text) => text.startsWith('\x1f\x8b'),
      () => undefined,
    )
    assert.deepEqual(failures(await verify('gone')), [['content', 'fail', 'BLOB_MISSING']])
  })

  it('one byte of the index changed: not accepted', async () => {
    await tampered(
      'index',
      (text) => text.includes('image.index.v1+json') && text.includes('"platform"'),
      flip,
    )
    await assert.rejects(verify('index'), { code: 'DIGEST_MISMATCH' })
  })

  it('the same image without what was signed about it', async () => {
    assert.equal(await requests(), asked, 'until here no registry was asked')
    const bare = await road.cli([
      'image',
      'copy',
      `${road.repository('prod')}:1.0.0`,
      'layout:./bare',
      '--no-referrers',
    ])
    assert.equal(bare.code, 0, bare.stderr)
    const answer = await verify('bare')
    assert.equal(answer.result, 'fail')
    assert.deepEqual([answer.evidence, answer.promotions], [[], []])
    assert.equal(answer.digest, digest)
    assert.equal(answer.checks.find((check) => check.what === 'provenance')?.result, 'note')
  })
})
