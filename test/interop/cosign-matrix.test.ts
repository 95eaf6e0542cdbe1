import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { predicateTypes } from '../../src/attestation/index.ts'
import { hexOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { AttestCommand } from '../../src/promotion/index.ts'
import { bundlesOn, changed, hangBundle, moveLegacy, replaced } from '../support/attached.ts'
import { Cosign, cosignMajors, withoutCosign } from '../support/cosign.ts'
import type { CosignFormat, CosignMajor } from '../support/cosign.ts'
import { provenanceOf } from '../support/policy-facts.ts'
import { APP, commitOf, imageTag, openRoad, SOURCE, tested } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const KEYS = ['build', 'signature', 'tests', 'promotion', 'pass', 'stranger']
const RESULT = predicateTypes['test-result']
const OTHER = 'https://example.com/other/v1'
const ABSENT = 'https://example.com/absent/v1'
/** Legacy signatures carry no hint of a key: one that fits none was made by nobody known. */
const NOBODYS = 'foreign'

// One world for all: dev with its gates, every image in it new, and each cosign with all keys.
let road: Road
const programs = new Map<CosignMajor, Cosign>()
const ends: (() => Promise<void> | void)[] = []

before(async () => {
  road = await openRoad(
    { after: (end) => void ends.push(end) },
    {
      layout: 'separate',
      git: false,
      trust: (signers) => {
        for (const each of signers) if (each.id === 'ci-tests') each.mayAssert = ['test-result', OTHER]
      },
    },
  )
  road.only('dev')
  for (const major of cosignMajors.filter((each) => !withoutCosign(each))) {
    const directory = join(road.directory, major.program)
    mkdirSync(directory)
    const cosign = new Cosign(directory, major)
    for (const name of KEYS) await cosign.key(name, road.privateKey(name), road.publicKey(name))
    programs.set(major, cosign)
  }
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

// Every major of cosign that can be had, in every format it knows: what it signs counts here, and what is signed here
// counts there, for the right key, the right type and the right image only.
for (const major of cosignMajors)
  for (const format of major.formats)
    suite(`${major.program}, ${format}: theirs here`, { skip: withoutCosign(major) }, () => {
      test('what it signs and attests opens the gates, by the right key only', async () => {
        const { cosign, seed, image } = await bare(major)
        await cosign.sign('stranger', image, format)
        await cosign.attest('signature', RESULT, tested('unit', 'PASSED'), image, format)
        assert.deepEqual(await gatesOf(seed), { provenance: 'fail', signature: 'fail', tests: 'fail' })

        await cosign.sign('signature', image, format)
        await cosign.attest('build', predicateTypes.provenance, provenance(seed), image, format)
        assert.deepEqual(await gatesOf(seed), { provenance: 'pass', signature: 'pass', tests: 'fail' })
        await cosign.attest('tests', RESULT, tested('unit', 'PASSED'), image, format)
        assert.deepEqual(await gatesOf(seed), { provenance: 'pass', signature: 'pass', tests: 'pass' })
      })

      test('a statement of another type says nothing about this one', async () => {
        const { cosign, seed, image } = await bare(major)
        await cosign.attest('tests', OTHER, tested('unit', 'PASSED'), image, format)
        assert.equal((await gatesOf(seed)).tests, 'fail')
        assert.deepEqual(await statesOf(image), ['valid'])
      })

      // And a key that signs more than one kind of fact is worth nothing for plain `cosign verify`.
      test('a FAILED statement is a valid signature and no pass; made PASSED it is no signature', async () => {
        const { cosign, seed, digest, image } = await bare(major)
        await cosign.attest('tests', RESULT, tested('unit', 'FAILED'), image, format)
        assert.equal((await gatesOf(seed)).tests, 'fail')
        assert.deepEqual(await statesOf(image), ['valid'])
        const [statement] = await cosign.verifyAttestation('tests', RESULT, image, format)
        assert.equal(statement?.predicate.result, 'FAILED')
        if (format === 'bundle') await cosign.verify('tests', image, format)
        else await cosign.refuses(cosign.verify('tests', image, format))

        const store = road.store('dev')
        const better = (content: Buffer) => changed(content, 'FAILED', 'PASSED')
        if (format === 'legacy') await moveLegacy(store, 'att', { from: digest, to: digest }, better)
        else
          for (const { bytes } of await bundlesOn(store, digest))
            await hangBundle(store, digest, better(bytes))
        assert.equal((await gatesOf(seed)).tests, 'fail')
        assert.deepEqual(await statesOf(image), format === 'legacy' ? [NOBODYS] : ['invalid', 'valid'])
      })

      test('what is signed about one image does not count for another, moved there or not', async () => {
        const { cosign, digest, image } = await bare(major)
        await cosign.sign('signature', image, format)
        const other = await bare(major)
        assert.deepEqual(await statesOf(other.image), [])
        const asItIs = await moved(format, digest, other.digest, (content) => content)
        assert.equal((await gatesOf(other.seed)).signature, 'fail')
        assert.deepEqual(await statesOf(other.image), Array(asItIs).fill('invalid'))
        await moved(format, digest, other.digest, renamed(format, digest, other.digest))
        assert.equal((await gatesOf(other.seed)).signature, 'fail')
        assert.ok((await statesOf(other.image)).every((state) => ['invalid', NOBODYS].includes(state)))
      })
    })

for (const major of cosignMajors)
  for (const format of major.formats)
    suite(`${major.program}, ${format}: ours there`, { skip: withoutCosign(major) }, () => {
      before(() => write(format === 'legacy' ? 'bundle+legacy' : 'bundle'))

      test('what is signed here verifies there, by the right key and type only', async () => {
        const { cosign, digest, image } = await bare(major)
        await sign(digest, 'PASSED')
        // The legacy profile writes both.
        for (const each of format === 'legacy' ? major.formats : [format]) {
          await cosign.verify('signature', image, each)
          const [statement] = await cosign.verifyAttestation('tests', RESULT, image, each)
          assert.equal(statement?.predicate.result, 'PASSED')
        }
        await cosign.refuses(cosign.verify('stranger', image, format))
        await cosign.refuses(cosign.verifyAttestation('stranger', RESULT, image, format))
        await cosign.refuses(cosign.verifyAttestation('signature', RESULT, image, format))
        await cosign.refuses(cosign.verifyAttestation('tests', ABSENT, image, format))
      })

      test('a record and a pass mark verify there', async () => {
        const { cosign, seed, digest, image } = await bare(major)
        await sign(digest, 'PASSED')
        const file = join(road.directory, 'provenance.json')
        await writeFile(file, JSON.stringify(provenance(seed)))
        await attest(digest, { kind: 'predicate', type: predicateTypes.provenance, file }, 'env://KEY_BUILD')
        const { outcome, verdict } = await road.promote('dev', { image: imageTag(seed) })
        assert.equal(outcome, 'promoted', JSON.stringify(verdict))
        road.later(1)
        const [record] = await cosign.verifyAttestation('promotion', predicateTypes.promotion, image, format)
        assert.equal(record?.predicate.environment, 'dev')
        const [mark] = await cosign.verifyAttestation('pass', predicateTypes.pass, image, format)
        assert.equal(mark?.predicate.verificationResult, 'PASSED')
        await cosign.refuses(cosign.verifyAttestation('pass', predicateTypes.promotion, image, format))
      })

      test('what was changed after signing here, or moved to another image, is refused there', async () => {
        const { cosign, digest } = await bare(major)
        await sign(digest, 'FAILED')
        const other = await bare(major)
        await moved(format, digest, other.digest, (content) => content)
        await cosign.refuses(cosign.verify('signature', other.image, format))
        await cosign.refuses(cosign.verifyAttestation('tests', RESULT, other.image, format))
        await moved(format, digest, other.digest, renamed(format, digest, other.digest))
        await cosign.refuses(cosign.verify('signature', other.image, format))
        await cosign.refuses(cosign.verifyAttestation('tests', RESULT, other.image, format))

        const better = await bare(major)
        await moved(
          format,
          digest,
          better.digest,
          (content) => changed(renamed(format, digest, better.digest)(content), 'FAILED', 'PASSED'),
          'att',
        )
        await cosign.refuses(cosign.verifyAttestation('tests', RESULT, better.image, format))
      })
    })

// cosign 3 looks at nothing else once a bundle hangs on an image.
const bundleMajors = cosignMajors.filter(({ formats }) => formats.includes('bundle'))
for (const major of cosignMajors)
  suite(
    `${major.program}: its legacy evidence after our first bundle`,
    { skip: withoutCosign(major) },
    () => {
      test('stays, and is seen in bundles too', async () => {
        write('bundle+legacy')
        const { cosign, digest, image } = await bare(major)
        await cosign.attest('tests', RESULT, tested('unit', 'PASSED'), image, 'legacy')
        await attest(digest, { kind: 'signature' }, 'env://KEY_SIGNATURE')
        for (const each of bundleMajors.filter((one) => !withoutCosign(one))) {
          const newer = programs.get(each)
          assert.ok(newer)
          assert.equal((await newer.verifyAttestation('tests', RESULT, image, 'bundle')).length, 1)
          await newer.verify('signature', image, 'bundle')
        }
        assert.equal((await cosign.verifyAttestation('tests', RESULT, image, 'legacy')).length, 1)
        await cosign.verify('signature', image, 'legacy')
      })
    },
  )

function provenance(seed: string): object {
  const predicate = provenanceOf({ source: SOURCE }, 'dana@contoso.example')
  const [git] = predicate.buildDefinition.resolvedDependencies
  if (git) git.digest.gitCommit = commitOf(seed)
  return predicate
}

let images = 0

/** An image about which nothing is said yet. */
async function bare(major: CosignMajor) {
  const cosign = programs.get(major)
  assert.ok(cosign)
  const seed = `image ${++images}`
  const digest = await road.build(seed, { provenance: false, signature: false, unit: false })
  return { cosign, seed, digest, image: `${road.repository('dev')}@${digest}` }
}

function write(profile: string): void {
  road.config.signing = { profile }
  road.write()
}

/** A signature and a test result, by waybill attest. */
async function sign(image: Digest, result: 'PASSED' | 'FAILED'): Promise<void> {
  await attest(image, { kind: 'signature' }, 'env://KEY_SIGNATURE')
  const file = join(road.directory, 'said.json')
  await writeFile(file, JSON.stringify(tested('unit', result)))
  await attest(image, { kind: 'predicate', type: RESULT, file }, 'env://KEY_TESTS')
}

async function attest(image: Digest, claim: AttestCommand['claim'], key: string): Promise<void> {
  const workspace = await road.open()
  const { outcome } = await workspace.attest({ application: APP, image, claim, key })
  assert.equal(outcome, 'attached')
}

/** Puts what one image has on another. → how many pieces */
async function moved(
  format: CosignFormat,
  from: Digest,
  to: Digest,
  change: (content: Buffer) => Buffer,
  only?: 'att',
): Promise<number> {
  const store = road.store('dev')
  if (format === 'bundle') {
    const bundles = await bundlesOn(store, from)
    const chosen = bundles.filter(({ predicateType }) => !only || predicateType === RESULT)
    for (const { bytes } of chosen) await hangBundle(store, to, change(bytes))
    return chosen.length
  }
  const forms = only ? [only] : (['sig', 'att'] as const)
  const there = await Promise.all(forms.map((form) => store.head(`sha256-${hexOf(from)}.${form}`)))
  const present = forms.filter((_, index) => there[index])
  for (const form of present) await moveLegacy(store, form, { from, to }, change)
  return present.length
}

/** Names another image inside what is signed. */
function renamed(format: CosignFormat, from: Digest, to: Digest): (content: Buffer) => Buffer {
  return (content) => {
    const text = content.toString('utf8')
    if (format === 'legacy' && text.includes(from)) return Buffer.from(replaced(text, from, to))
    return changed(content, hexOf(from), hexOf(to))
  }
}

async function gatesOf(seed: string): Promise<Record<string, string>> {
  const { verdict } = await road.promote('dev', { image: imageTag(seed), dryRun: true })
  const asked = verdict.gates.filter(({ gate }) => ['provenance', 'signature', 'tests'].includes(gate))
  return Object.fromEntries(asked.map(({ gate, result }) => [gate, result]))
}

/** What each piece of evidence on an image is worth. */
async function statesOf(reference: string): Promise<readonly string[]> {
  const workspace = await road.open()
  const evidence = await workspace.evidence({ reference, application: APP })
  return (await evidence.list()).evidence.map(({ state }) => state).toSorted()
}
