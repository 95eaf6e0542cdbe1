import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeStatement, predicateTypes } from '../../attestation/index.ts'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import { AMD64, factsWith, IMAGE, OTHER_IMAGE, signer, verified } from '../../../test/support/policy-facts.ts'
import { digestOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { evaluate, gatesSchema } from '../index.ts'
import type { Facts } from '../index.ts'

const ARM64 = digestOf('linux/arm64')
const platform = (architecture: string, manifest: Digest) => ({
  platform: { os: 'linux', architecture },
  manifest,
  config: digestOf(`config of ${architecture}`),
})
const TWO = [platform('amd64', AMD64), platform('arm64', ARM64)]

interface Told {
  readonly about?: Digest
  readonly version?: string
  readonly components?: readonly object[]
  readonly timestamp?: string
  readonly more?: object
}

const component = (name: string, more: object = {}) => ({
  'bom-ref': name,
  type: 'library',
  name,
  version: '1',
  purl: `pkg:npm/${name}@1`,
  licenses: [{ license: { id: 'MIT' } }],
  ...more,
})

function bom({
  about,
  version = '1.6',
  components = [component('a')],
  timestamp = '2026-03-01T11:00:00Z',
  more,
}: Told = {}) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: version,
    metadata: {
      timestamp,
      tools: { components: [{ name: 'syft', version: '1.30.0' }] },
      component: { type: 'container', name: 'ordersvc', ...(about && { version: about }) },
    },
    components,
    ...more,
  }
}

const spdx = {
  spdxVersion: 'SPDX-2.3',
  creationInfo: { created: '2026-03-01T11:00:00Z', creators: ['Tool: trivy-0.60.0'] },
  packages: [{ SPDXID: 'SPDXRef-a', name: 'a', versionInfo: '1', licenseDeclared: 'MIT' }],
}

const cyclonedx = (told: Told = {}) => verified('cyclonedx', bom(told))
/** A statement whose subjects are the index and these platforms. */
const naming = (told: Told, ...subjects: readonly Digest[]) => ({
  ...cyclonedx(told),
  statement: makeStatement([IMAGE, ...subjects], predicateTypes.cyclonedx, bom(told)),
})
const byReference = verified('reference', {
  attester: { id: 'https://ci.example.com' },
  references: [
    {
      downloadLocation: 'https://sboms.example.com/1.json',
      digest: { sha256: 'aa' },
      mediaType: 'application/vnd.cyclonedx+json',
    },
  ],
})

function onTwo(...statements: readonly ReturnType<typeof verified>[]): Facts {
  const facts = factsWith(statements)
  return { ...facts, image: { ...facts.image, platforms: TWO } }
}

async function judge(options: object, facts: Facts) {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([{ sbom: options }]), facts)).gates
  assert.ok(verdict)
  return verdict
}

const cases: readonly (readonly [
  name: string,
  options: object,
  facts: Facts,
  result: string,
  reason: RegExp,
])[] = [
  ['none', {}, factsWith([]), 'fail', /^linux\/amd64: no signed SBOM\.$/],
  [
    'one',
    {},
    factsWith([cyclonedx()]),
    'pass',
    /^linux\/amd64: CycloneDX 1\.6 SBOM by syft 1\.30\.0, 1 package\.$/,
  ],
  [
    'a versioned type',
    {},
    factsWith([verified('https://spdx.dev/Document/v2.3', spdx)]),
    'pass',
    /SPDX 2\.3 SBOM by trivy 0\.60\.0/,
  ],
  [
    'an unreadable one is no "no"',
    {},
    factsWith([cyclonedx({ version: '1.9' })]),
    'error',
    /1 signed SBOM cannot be read/,
  ],
  [
    'an unreadable one beside a good one',
    {},
    factsWith([cyclonedx({ version: '1.9' }), cyclonedx()]),
    'pass',
    /1\.6/,
  ],
  ['by reference', {}, factsWith([byReference]), 'error', /no signed SBOM; 1 SBOM by reference, not read/],
  [
    'about another image',
    {},
    factsWith([cyclonedx({ about: OTHER_IMAGE })]),
    'fail',
    /says that it is about [0-9a-f]{12}, not this image/,
  ],
  ['about this image', {}, factsWith([cyclonedx({ about: IMAGE })]), 'pass', /1 package/],
  ['about its config', {}, factsWith([cyclonedx({ about: digestOf('config') })]), 'pass', /1 package/],
  [
    'nothing in it',
    {},
    factsWith([cyclonedx({ components: [] })]),
    'fail',
    /lists 0 packages, required: at least 1/,
  ],
  [
    'headings only',
    {},
    factsWith([
      cyclonedx({
        components: [
          { type: 'operating-system', name: 'debian', version: '12' },
          { type: 'application', name: 'package-lock.json' },
        ],
      }),
    ]),
    'fail',
    /lists 0 packages/,
  ],
  [
    'too few',
    { minComponents: 2 },
    factsWith([cyclonedx()]),
    'fail',
    /lists 1 package, required: at least 2/,
  ],
  ['another format', { formats: 'spdx' }, factsWith([cyclonedx()]), 'fail', /is not in the format spdx/],
  [
    'another tool',
    { tools: ['trivy'] },
    factsWith([cyclonedx()]),
    'fail',
    /was made by "syft 1\.30\.0", required: trivy/,
  ],
  ['the tool by version', { tools: ['trivy', 'Syft 1.*'] }, factsWith([cyclonedx()]), 'pass', /syft/],
  [
    'too old',
    { maxAge: '1h' },
    factsWith([cyclonedx({ timestamp: '2026-02-27T12:00:00Z' })]),
    'fail',
    /is 2d old, by its own account, required: not older than 1h/,
  ],
  [
    'without a date',
    { maxAge: '1h' },
    factsWith([cyclonedx({ timestamp: 'yesterday' })]),
    'fail',
    /has no date/,
  ],
  [
    'proven to be fresh',
    { maxAge: '1h' },
    factsWith([{ ...cyclonedx({ timestamp: 'yesterday' }), provenOn: '2026-03-01T11:30:00Z' }]),
    'pass',
    /syft/,
  ],
  [
    'incomplete',
    { complete: true },
    factsWith([cyclonedx()]),
    'fail',
    /names the supplier of 0 of 1 package \(required: 100 %\), the relationship of 0/,
  ],
  [
    'complete',
    { complete: true },
    factsWith([
      cyclonedx({
        components: [component('a', { supplier: { name: 'A' } })],
        more: { dependencies: [{ ref: 'a', dependsOn: [] }] },
      }),
    ]),
    'pass',
    /1 package/,
  ],
  [
    'enough licences',
    { complete: { licence: 50 } },
    factsWith([cyclonedx({ components: [component('a'), component('b', { licenses: [] })] })]),
    'pass',
    /2 packages/,
  ],
  [
    'not enough licences',
    { complete: { licence: 51 } },
    factsWith([cyclonedx({ components: [component('a'), component('b', { licenses: [] })] })]),
    'fail',
    /the licence of 1 of 2 packages \(required: 51 %\)/,
  ],
  [
    'the better of two',
    { minComponents: 2 },
    factsWith([cyclonedx(), cyclonedx({ components: [component('a'), component('b')] })]),
    'pass',
    /2 packages/,
  ],
  [
    'one platform only, by its subjects',
    {},
    onTwo(naming({}, AMD64)),
    'fail',
    /^linux\/arm64: no signed SBOM\.$/,
  ],
  [
    'both platforms, by its subjects',
    {},
    onTwo(naming({}, AMD64, ARM64)),
    'pass',
    /^linux\/amd64 and linux\/arm64: CycloneDX/,
  ],
  [
    'no platform by its subjects',
    {},
    onTwo(cyclonedx()),
    'fail',
    /^linux\/amd64 and linux\/arm64: no signed SBOM/,
  ],
  [
    'one platform by its own account, whatever the subjects',
    {},
    onTwo(naming({ about: AMD64 }, AMD64, ARM64)),
    'fail',
    /^linux\/arm64: no signed SBOM/,
  ],
  [
    'one each',
    {},
    onTwo(cyclonedx({ about: AMD64 }), cyclonedx({ about: ARM64 })),
    'pass',
    /^linux\/amd64 and linux\/arm64/,
  ],
  [
    'no platforms',
    {},
    { ...factsWith([cyclonedx()]), image: { ...factsWith([]).image, platforms: [] } },
    'error',
    /names no platform/,
  ],
]

describe('gate sbom', () => {
  for (const [name, options, facts, result, reason] of cases)
    test(name, async () => {
      const verdict = await judge(options, facts)
      assert.match(verdict.reason, reason)
      assert.equal(verdict.result, result, verdict.reason)
      if (result === 'pass') assert.ok(verdict.evidence.length > 0, 'a pass rests on something')
    })

  test('an SBOM by its architecture is about that platform only', async () => {
    const purl = 'pkg:oci/ordersvc@?arch=arm64'
    const document = {
      ...bom(),
      metadata: { ...bom().metadata, component: { type: 'container', name: 'x', purl: `${purl}` } },
    }
    const statement = makeStatement([IMAGE, AMD64, ARM64], predicateTypes.cyclonedx, document)
    const verdict = await judge({}, onTwo({ ...cyclonedx(), statement }))
    assert.match(verdict.reason, /^linux\/amd64: no signed SBOM/)
  })

  test('one of somebody who may not say so is only mentioned', async () => {
    const told = cyclonedx()
    const facts = factsWith([])
    const unusable = [
      {
        state: 'foreign',
        reason: 'signer mallory may not',
        code: 'X',
        predicateType: 'https://spdx.dev/Document/v2.3',
        payload: told.payload,
        origin: told.origin,
      } as const,
    ]
    const verdict = await judge({}, { ...facts, evidence: { valid: [], unusable } })
    assert.match(
      verdict.reason,
      /no signed SBOM; 1 other found that does not count \(foreign: signer mallory/,
    )
    assert.equal(verdict.result, 'fail')
  })

  test('text of others reaches no terminal raw', async () => {
    const document = { ...bom(), metadata: { tools: [{ name: '\u001b[31m##vso[task', version: '1' }] } }
    const verdict = await judge({}, factsWith([verified('cyclonedx', document, signer('ci'))]))
    assert.equal(verdict.result, 'pass')
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(verdict.reason, /\u001b|##vso/)
  })

  test('judges 20,000 components well within a second', async () => {
    const components = Array.from({ length: 20_000 }, (_, n) => component(`p${n}`))
    const facts = factsWith([cyclonedx({ components })])
    const started = cpuTime()
    assert.equal((await judge({ complete: { version: 100 } }, facts)).result, 'pass')
    assert.ok(cpuTime() - started < 1_000)
  })
})
