import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import { verified } from '../../../test/support/policy-facts.ts'
import { limits } from '../../base/index.ts'
import { digestOf } from '../../oci/index.ts'
import type { Sbom } from '../index.ts'
import { isPackage, isSbomType, makeStatement, readSbom, sbomOf, sbomsOf } from '../index.ts'

const SAMPLES = join(import.meta.dirname, '../../../test/data/reports')
const sample = (name: string) =>
  JSON.parse(readFileSync(join(SAMPLES, `${name}.json`), 'utf8')) as Record<string, unknown>
const IMAGE = `sha256:${'a1'.repeat(32)}`
const CONFIG = `sha256:${'c0'.repeat(32)}`

function sbom(document: unknown): Sbom {
  const read = readSbom(document)
  if (typeof read === 'string') assert.fail(read)
  return read
}

const golden = [
  { name: 'cyclonedx-1.3', tools: ['trivy 0.34.0'], about: [IMAGE, CONFIG], architecture: 'amd64' },
  { name: 'cyclonedx-1.4', tools: ['trivy 0.34.0'], about: [IMAGE, CONFIG], architecture: 'amd64' },
  { name: 'cyclonedx-1.5', tools: ['syft 1.30.0'], about: [IMAGE], architecture: undefined },
  { name: 'cyclonedx-1.6', tools: ['syft 1.30.0'], about: [IMAGE], architecture: undefined },
  { name: 'cyclonedx-1.7', tools: ['syft 1.30.0'], about: [IMAGE], architecture: undefined },
  { name: 'spdx-2.2', tools: ['trivy 0.34.0'], about: [IMAGE, CONFIG], architecture: 'amd64' },
  { name: 'spdx-2.3', tools: ['syft 1.30.0'], about: [IMAGE], architecture: 'amd64' },
  { name: 'spdx-3.0', tools: ['syft 1.30.0'], about: [IMAGE], architecture: 'amd64' },
] as const

describe('reading an SBOM', () => {
  for (const { name, tools, about, architecture } of golden)
    it(name, () => {
      const read = sbom(sample(name))
      assert.ok(name.startsWith(read.format))
      assert.ok(`${name}.1`.startsWith(`${read.format}-${read.specVersion}`), read.specVersion)
      assert.equal(read.createdOn, '2026-02-28T12:00:00Z')
      assert.deepEqual(read.tools, tools)
      assert.deepEqual(read.about.toSorted(), about)
      assert.equal(read.architecture, architecture)
      const packages = read.components.filter(isPackage)
      assert.deepEqual(
        packages.map((one) => `${one.name} ${one.version}`),
        ['libssl3 3.0.11', 'zlib1g 1.2.13', '@angular/core 17.0.0', 'tslib 2.6.2'],
      )
      const zlib = name === 'spdx-3.0' ? '(Zlib AND MIT)' : 'Zlib'
      assert.deepEqual(
        packages.map((one) => one.licences),
        [['Apache-2.0'], [zlib], ['MIT OR Apache-2.0'], ['0BSD']],
      )
      assert.deepEqual(
        packages.map((one) => one.supplier),
        ['Debian', undefined, undefined, undefined],
      )
      assert.ok(packages.every((one) => one.purl && one.identified && one.related))
    })

  const flaws: readonly (readonly [name: string, document: unknown, flaw: RegExp])[] = [
    ['no object', [], /no JSON object/],
    ['nothing known', { vulnerabilities: [] }, /neither a CycloneDX nor an SPDX/],
    ['another format', { bomFormat: 'cyclonedx', specVersion: '1.6' }, /not marked/],
    ['CycloneDX 1.2', { bomFormat: 'CycloneDX', specVersion: '1.2' }, /specVersion "1\.2", expected/],
    ['CycloneDX 1.8', { bomFormat: 'CycloneDX', specVersion: '1.8' }, /specVersion "1\.8", expected/],
    ['a version as a number', { bomFormat: 'CycloneDX', specVersion: 1.6 }, /specVersion 1\.6/],
    ['SPDX 2.1', { spdxVersion: 'SPDX-2.1', packages: [] }, /spdxVersion "SPDX-2\.1"/],
    ['SPDX 3.1', { '@graph': spdx3('3.1') }, /specVersion "3\.1"/],
    ['a graph without document', { '@graph': [] }, /0 SpdxDocument elements/],
    ['two documents', { '@graph': [...spdx3('3.0.1'), ...spdx3('3.0.1')] }, /2 SpdxDocument elements/],
    ['components as an object', { ...sample('cyclonedx-1.6'), components: {} }, /no list/],
    ['a nameless component', { ...sample('cyclonedx-1.6'), components: [{ type: 'library' }] }, /number 1/],
    ['packages as text', { ...sample('spdx-2.3'), packages: 'all' }, /no list/],
    ['a nameless package', { ...sample('spdx-2.3'), packages: [null] }, /number 1/],
    [
      'too many components',
      {
        ...sample('cyclonedx-1.6'),
        components: Array.from({ length: limits.sbomComponents + 1 }, (_, n) => ({ name: `${n}` })),
      },
      /more than 100000 components/,
    ],
    [
      'too many packages',
      {
        ...sample('spdx-2.3'),
        packages: Array.from({ length: limits.sbomComponents + 1 }, (_, n) => ({ name: `${n}` })),
      },
      /more than 100000 components/,
    ],
  ]
  for (const [name, document, flaw] of flaws)
    it(`names the flaw: ${name}`, () => assert.match(readSbom(document) as string, flaw))

  it('reads components that hold each other once', () => {
    const loop: { name: string; components?: unknown[] } = { name: 'a' }
    loop.components = [{ name: 'b', components: [loop] }, loop]
    const { components } = sbom({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [loop] })
    assert.deepEqual(
      components.map(({ name }) => name),
      ['a', 'b'],
    )
  })

  it('never takes a licence it cannot read for agreement', () => {
    const licences = (licenses: unknown) =>
      sbom({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'a', licenses }] })
        .components[0]?.licences
    assert.deepEqual(licences([{ license: { id: 'MIT' } }, { licence: 'GPL' }]), ['MIT', '(unreadable)'])
    assert.deepEqual(licences('MIT'), ['(unreadable)'])
    assert.deepEqual(licences([]), [])
    assert.deepEqual(licences([{ license: { name: 'NOASSERTION' } }]), [])
  })

  it('keeps SPDX licence sets that hold themselves, or hold too much, from being read', () => {
    const set = (id: string, members: readonly string[]) => ({
      type: 'expandedlicensing_ConjunctiveLicenseSet',
      spdxId: id,
      expandedlicensing_member: members,
    })
    const licensed = (...elements: object[]) =>
      sbom({
        '@graph': [
          ...spdx3('3.0.1'),
          { type: 'software_Package', spdxId: 'p', name: 'p' },
          { type: 'Relationship', from: 'p', relationshipType: 'hasDeclaredLicense', to: ['s0'] },
          ...elements,
        ],
      }).components[0]?.licences
    assert.deepEqual(licensed(set('s0', ['s0'])), ['((unreadable))'])
    const chain = Array.from({ length: 50_000 }, (_, n) => set(`s${n}`, [`s${n + 1}`]))
    assert.ok(licensed(...chain)?.every((text) => text.includes('(unreadable)')))
    const bomb = Array.from({ length: 60 }, (_, n) => set(`s${n}`, Array(40).fill(`s${n + 1}`) as string[]))
    const started = cpuTime()
    assert.ok(licensed(...bomb)?.every((text) => text.includes('(unreadable)')))
    assert.ok(cpuTime() - started < 1_000)
  })

  it('takes every package for a component when the document describes several', () => {
    const both = { ...sample('spdx-2.3'), documentDescribes: ['SPDXRef-1'] }
    const { components, about } = sbom(both)
    assert.equal(components.length, 5)
    assert.deepEqual(about, [])
  })

  it('reads 20,000 components well within a second', () => {
    const components = Array.from({ length: 20_000 }, (_, n) => ({
      'bom-ref': `c${n}`,
      type: 'library',
      name: `package-${n}`,
      version: '1.0.0',
      purl: `pkg:npm/package-${n}@1.0.0`,
      licenses: [{ license: { id: 'MIT' } }],
    }))
    const started = cpuTime()
    assert.equal(sbom({ ...sample('cyclonedx-1.6'), components }).components.length, 20_000)
    assert.ok(cpuTime() - started < 1_000)
  })

  // Objects that JavaScript cannot turn into a text are what JSON may well hold.
  const anyValue = fc.oneof(fc.jsonValue(), fc.constant({ toString: 1, valueOf: null }))

  it('answers whatever the document', () => {
    const names = golden.map(({ name }) => sample(name))
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(fc.tuple(fc.nat(), anyValue)), (document, edits) => {
        const read = readSbom(edits.reduce((changed, [at, value]) => changedAt(changed, at, value), document))
        assert.ok(typeof read === 'string' || Array.isArray(read.components))
      }),
      { numRuns: 300 },
    )
  })
})

describe('SBOMs in statements', () => {
  const about = (type: string, document: object) => sbomOf(makeStatement([digestOf('image')], type, document))

  it('accepts plain and versioned types that agree with the document', () => {
    assert.ok(about('https://cyclonedx.org/bom', sample('cyclonedx-1.6')))
    assert.ok(about('https://cyclonedx.org/bom/v1.4', sample('cyclonedx-1.4')))
    assert.ok(about('https://spdx.dev/Document/v2.3', sample('spdx-2.3')))
    assert.ok(about('https://spdx.dev/Document/v3', sample('spdx-3.0')))
    assert.ok(about('https://spdx.dev/Document/v3.0.1', sample('spdx-3.0')))
  })

  it('refuses a type that contradicts the document', () => {
    assert.equal(about('https://spdx.dev/Document/v2.2', sample('spdx-2.3')), undefined)
    assert.equal(about('https://cyclonedx.org/bom/v1.1', sample('cyclonedx-1.6')), undefined)
    assert.equal(about('https://cyclonedx.org/bom', sample('spdx-2.3')), undefined)
    assert.equal(about('https://spdx.dev/Document', sample('cyclonedx-1.6')), undefined)
    assert.equal(about('https://example.com/bom', sample('cyclonedx-1.6')), undefined)
  })

  it('knows the types of both families and no others', () => {
    assert.ok(isSbomType('https://spdx.dev/Document/v2.3'))
    for (const type of [
      'https://spdx.dev/Documents',
      'https://cyclonedx.org/bom/',
      'https://cyclonedx.org/bom/vex',
    ])
      assert.equal(isSbomType(type), false, type)
  })

  it('keeps read, unreadable and by reference apart', () => {
    const place = { downloadLocation: 'https://sboms.example.com/1', digest: { sha256: 'aa' } }
    const byMediaType = (mediaType: string) =>
      verified('https://in-toto.io/attestation/reference/v0.1', {
        attester: { id: 'https://ci.example.com' },
        references: [{ ...place, mediaType }],
      })
    const { read, unreadable, byReference } = sbomsOf({
      valid: [
        verified('https://cyclonedx.org/bom', sample('cyclonedx-1.6')),
        verified('https://spdx.dev/Document/v2.3', { spdxVersion: 'SPDX-9' }),
        byMediaType('application/vnd.cyclonedx+json'),
        byMediaType('application/sarif+json'),
      ],
      unusable: [],
    })
    assert.deepEqual([read.length, unreadable.length, byReference.length], [1, 1, 1])
  })
})

function spdx3(specVersion: string): readonly Record<string, unknown>[] {
  return [{ type: 'SpdxDocument', spdxId: 'd', creationInfo: { specVersion } }]
}

/** The document with the nth of its values, counted depth first, replaced. */
function changedAt(document: Record<string, unknown>, at: number, value: unknown): Record<string, unknown> {
  const copy = structuredClone(document)
  const places: (() => void)[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const key of Object.keys(node)) {
      const holder = node as Record<string, unknown>
      places.push(() => (holder[key] = value))
      visit(holder[key])
    }
  }
  visit(copy)
  places[at % places.length]?.()
  return copy
}
