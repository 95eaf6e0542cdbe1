import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { predicateTypes } from '../../src/attestation/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { bundlesOn } from '../support/attached.ts'
import { withoutCosign } from '../support/cosign.ts'
import { blocksOf, filledIn, typed } from '../support/guide.ts'
import { findTool } from '../support/outside-tool.ts'
import { noOpenssl, opensslAuthority } from '../support/openssl-authority.ts'
import type { OpensslAuthority } from '../support/openssl-authority.ts'
import { openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

// What docs/guide/audit.md types besides openssl and jq (test/docs-audit.test.ts has those): each block is run as it
// stands there, with the places and digests of a real road, by the real programs.
const [OCI_CLIENT = '', CURL = '', COSIGN = '', TIMED = '', COSIGN_2 = '', KEYLESS = '', VSA = ''] = blocksOf(
  'audit.md',
  'sh',
)
const REPOSITORY = 'registry.example.com/prod/ordersvc'
const missing = async (...programs: readonly string[]) => {
  const found = await Promise.all(programs.map(findTool))
  const [absent] = programs.filter((_, index) => !found[index])
  return absent !== undefined && `${absent} is not on this machine`
}
const without = {
  curl: await missing('curl', 'jq'),
  oras: await missing('oras', 'jq'),
  cosign: withoutCosign({ program: 'cosign' }),
  verifier: await missing('slsa-verifier', 'jq'),
}

let road: Road
let digest: Digest
let tsa: OpensslAuthority | undefined
let directory = ''
const ends: (() => Promise<void> | void)[] = []

before(async () => {
  const t = { after: (end: () => Promise<void> | void) => void ends.push(end) }
  tsa = noOpenssl ? undefined : await opensslAuthority(t)
  const timestamp = tsa?.url
  road = await openRoad(t, {
    layout: 'separate',
    git: false,
    ...(timestamp && { edit: (config) => void (config.timestamp = timestamp) }),
  })
  if (tsa) road.trustFile({ timestampAuthorities: [{ certificateChain: tsa.chain }] })
  road.later((Date.now() - road.now.getTime()) / 60_000 - 30)
  digest = await road.carry('one', { version: '1.4.0' }, 'dev', 'staging', 'prod')
  directory = join(road.directory, 'audit')
  mkdirSync(directory)
  for (const name of ['signature', 'promotion', 'pass', 'stranger'])
    writeFileSync(join(directory, `${name}.pub`), road.publicKey(name))
  writeFileSync(join(directory, 'tsa.pem'), tsa?.chain ?? '')
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const here = (block: string, more: Record<string, string> = {}) =>
  filledIn(block, { [`${REPOSITORY}@sha256:…`]: `${road.repository('prod')}@${digest}`, ...more })

/** Runs it; what it said. */
async function succeeds(script: string): Promise<string> {
  const { code, stdout, stderr } = await typed(script, directory)
  assert.equal(code, 0, `${script}\n${stdout}${stderr}`)
  return stdout
}

async function refuses(script: string, why: RegExp): Promise<void> {
  const { code, stdout, stderr } = await typed(script, directory)
  assert.notEqual(code, 0, `accepted: ${script}\n${stdout}`)
  assert.match(stdout + stderr, why)
}

test('docs/guide/audit.md types nothing that is not run here, in keyless.test.ts or in docs-audit.test.ts', () => {
  assert.equal(blocksOf('audit.md', 'sh').length, 7)
  assert.match(KEYLESS, /--certificate-identity/)
})

suite('fetching what is signed', () => {
  test('with curl alone', { skip: without.curl }, async () => {
    const [list = '', manifest = '', blob = ''] = CURL.split(/^(?=curl)/m)
    const at = `http://${road.repository('prod').replace('/', '/v2/')}`
    const place = { 'https://registry.example.com/v2/prod/ordersvc': at }
    const index = JSON.parse(await succeeds(filledIn(list, { ...place, 'sha256:…': digest })))
    const record = index.manifests.find(
      (each: { annotations: Record<string, string> }) =>
        each.annotations['dev.sigstore.bundle.predicateType'] === predicateTypes.promotion,
    )
    const layer = await succeeds(filledIn(manifest, { ...place, 'sha256:ARTIFACT': record.digest }))
    await succeeds(filledIn(blob, { ...place, 'sha256:LAYER': layer.trim() }))
    const bundle = JSON.parse(readFileSync(join(directory, 'bundle.json'), 'utf8'))
    assert.match(bundle.mediaType, /bundle\.v0\.3\+json$/)
  })

  test('with oras', { skip: without.oras }, async () => {
    const [first = '', manifest = '', blob = ''] = OCI_CLIENT.split(/^(?=oras (?:manifest|blob))/m)
    const listed = await succeeds(here(first, { 'oras discover': 'oras discover --plain-http' }))
    const [, artifact = ''] =
      new RegExp(`^(sha256:\\S+)\\t${predicateTypes.promotion}$`, 'm').exec(listed) ?? []
    const place = { [REPOSITORY]: road.repository('prod'), ' fetch': ' fetch --plain-http' }
    const layer = await succeeds(filledIn(manifest, { ...place, 'sha256:ARTIFACT': artifact }))
    await succeeds(filledIn(blob, { ...place, 'sha256:LAYER': layer.trim() }))
  })
})

suite('with cosign', { skip: without.cosign }, () => {
  test('a signature and a promotion record, by the key for each', async () => {
    assert.match(await succeeds(here(COSIGN)), new RegExp(digest))
    await refuses(here(COSIGN, { 'signature.pub': 'stranger.pub' }), /no matching attestations/)
    await refuses(here(COSIGN, { 'promotion.pub': 'pass.pub' }), /none of the attestations matched/)
  })

  test('a record with a timestamp, by the authority that gave it', { skip: noOpenssl }, async () => {
    await succeeds(here(TIMED))
    const other = await opensslAuthority({ after: (end) => void ends.push(end) })
    writeFileSync(join(directory, 'other.pem'), other.chain)
    await refuses(here(TIMED, { 'tsa.pem': 'other.pem' }), /timestamp/)
  })

  test('with its version 2', { skip: withoutCosign({ program: 'cosign-2' }) }, async () => {
    const older = (block: string) => block.replaceAll(/^cosign(?= )/gm, 'cosign-2')
    await succeeds(older(here(COSIGN_2)))
    await refuses(older(here(COSIGN_2, { 'signature.pub': 'stranger.pub' })), /no matching attestations/)
  })

  test('each exported bundle by itself', async () => {
    const done = await road.cli(
      ['evidence', 'export', `${road.repository('prod')}@${digest}`, '--to', 'lines', '--format', 'jsonl'],
      { HTTPS_PROXY: '' },
    )
    assert.equal(done.code, 0, done.stderr)
    const lines = readFileSync(join(road.directory, 'lines/evidence.jsonl'), 'utf8').trimEnd().split('\n')
    const records = lines.filter((line) => typeOf(line) === predicateTypes.promotion)
    assert.equal(records.length, 3)
    for (const line of records) {
      writeFileSync(join(directory, 'line.json'), line)
      const check = `cosign verify-blob-attestation --key promotion.pub --insecure-ignore-tlog --bundle line.json \
        --type ${predicateTypes.promotion} --digestAlg sha256 --digest`
      await succeeds(`${check} ${digest.slice(7)}`)
      await refuses(`${check} ${'0'.repeat(64)}`, /does not match/)
    }
  })
})

suite('with slsa-verifier', { skip: without.verifier }, () => {
  const flaws: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['another level', { PROMOTION_ENV_STAGING_PASSED: 'PROMOTION_ENV_PROD_PASSED' }, /verified level/i],
    ['another resource', { '--resource-uri ': '--resource-uri other.' }, /resource ?uri/i],
    ['another image', { '--subject-digest sha256:': '--subject-digest sha256:00' }, /digest/i],
    ['another key', { 'pass.pub': 'promotion.pub' }, /no valid signature/],
    ['another environment', { 'environments/staging/v1': 'environments/prod/v1' }, /verifier ID/],
  ]

  const filled = (more: Readonly<Record<string, string>> = {}) => {
    const real = { 'staging.example.com/ordersvc': road.repository('staging'), 'sha256:…': digest }
    return filledIn(filledIn(VSA, real), more)
  }

  test('a pass mark, as the page has it', async () => {
    const found = await bundlesOn(road.store('staging'), digest)
    const marks = found.filter(({ bytes }) => payloadOf(bytes).includes('environments/staging/v1"'))
    writeFileSync(join(directory, 'bundle.json'), marks[0]?.bytes ?? '')
    assert.match(await passedBy(filled()), /PASSED/)
    for (const [name, change, why] of flaws) {
      await test(`${name} is refused`, () => refuses(filled(change), why))
    }
  })

  test('what `waybill evidence export` writes; never a mark that says FAILED', async () => {
    const place = `${road.repository('staging')}@${digest}`
    const workspace = await road.open()
    road.later(1)
    await workspace.pass({ application: 'ordersvc', environment: 'staging', failed: true })
    const done = await road.cli([
      'evidence',
      'export',
      place,
      '--to',
      'marks',
      '--type',
      'pass',
      '-o',
      'json',
    ])
    assert.equal(done.code, 0, done.stderr)
    const { files } = JSON.parse(done.stdout) as { files: readonly { file: string }[] }
    const verdicts: Record<string, boolean> = {}
    for (const { file } of files) {
      const path = join(road.directory, 'marks', file)
      const { predicate } = JSON.parse(payloadOf(readFileSync(path)))
      if (predicate.verifier.id !== 'https://waybill.dev/environments/staging/v1') continue
      const command = filled().split('\n').slice(1).join('\n').replace('vsa.intoto.jsonl', path)
      const { code } = await typed(command, directory)
      verdicts[predicate.verificationResult] = code === 0
      if (code !== 0) await refuses(command, /PASSED|verification result/i)
    }
    assert.deepEqual(verdicts, { PASSED: true, FAILED: false })
  })
})

async function passedBy(script: string): Promise<string> {
  const { code, stdout, stderr } = await typed(script, directory)
  assert.equal(code, 0, stdout + stderr)
  return stdout + stderr
}

function payloadOf(bundle: Buffer | string): string {
  const json = JSON.parse(bundle.toString())
  return Buffer.from((json.dsseEnvelope ?? json).payload, 'base64').toString('utf8')
}

function typeOf(bundle: string): string {
  return (JSON.parse(payloadOf(bundle)) as { predicateType: string }).predicateType
}
