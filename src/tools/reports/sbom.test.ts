import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import { limits, WaybillError } from '../../base/index.ts'
import { sbomOf } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { RawReport, readerFor, readers } from '../index.ts'

const SAMPLES = join(import.meta.dirname, '../../../test/data/reports')
const FILES = [
  'cyclonedx-1.3',
  'cyclonedx-1.4',
  'cyclonedx-1.5',
  'cyclonedx-1.6',
  'cyclonedx-1.7',
  'spdx-2.2',
  'spdx-2.3',
  'spdx-3.0',
]
const bytesOf = (name: string) => readFileSync(join(SAMPLES, `${name}.json`))
const IMAGE = `sha256:${'a1'.repeat(32)}`

function read(bytes: Uint8Array | string, format?: string) {
  const report = new RawReport(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, 'sbom.json')
  const [claim, ...others] = readerFor(report, readers, format).read(report, {})
  assert.ok(claim)
  assert.equal(others.length, 0)
  return claim
}

const cyclonedx = (more: object) => JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', ...more })

describe('SBOM reports', () => {
  for (const file of FILES)
    it(file, () => {
      const claim = read(bytesOf(file))
      const [format = ''] = file.split('-')
      assert.equal(claim.format, format)
      assert.equal(claim.kind, 'sbom')
      assert.equal(
        claim.predicateType,
        format === 'spdx' ? 'https://spdx.dev/Document' : 'https://cyclonedx.org/bom',
      )
      assert.ok(claim.about.includes(IMAGE as never))
      assert.match(claim.summary, /^(CycloneDX|SPDX) [\d.]+ SBOM of [45] components by (syft|trivy) [\d.]+$/)
      // The document as it is: its schema allows no field of ours.
      assert.deepEqual(claim.predicate, JSON.parse(bytesOf(file).toString()))
      const { predicateType, predicate } = claim
      const statement = {
        _type: 'https://in-toto.io/Statement/v1' as const,
        subject: [],
        predicateType,
        predicate,
      }
      assert.equal(sbomOf(statement)?.format, format)
    })

  const flawed: readonly (readonly [name: string, report: string | Uint8Array, code: string])[] = [
    ['CycloneDX 1.2', cyclonedx({ specVersion: '1.2' }), 'REPORT_INVALID'],
    ['CycloneDX of the future', cyclonedx({ specVersion: '2.0' }), 'REPORT_INVALID'],
    ['components as text', cyclonedx({ components: 'all' }), 'REPORT_INVALID'],
    ['no components', cyclonedx({ components: [] }), 'REPORT_EMPTY'],
    ['nothing but files', cyclonedx({ components: [{ type: 'file', name: '/bin/sh' }] }), 'REPORT_EMPTY'],
    ['SPDX 2.1', '{"spdxVersion":"SPDX-2.1","packages":[{"name":"a"}]}', 'REPORT_INVALID'],
    ['SPDX without packages', '{"spdxVersion":"SPDX-2.3"}', 'REPORT_EMPTY'],
    [
      'SPDX 3 without a document',
      '{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}',
      'REPORT_INVALID',
    ],
    [
      'a duplicate key',
      '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[],"components":[{"name":"a"}]}',
      'REPORT_UNKNOWN',
    ],
    ['too much depth', cyclonedx({ components: nested(100) }), 'REPORT_UNKNOWN'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"bomFormat":"CycloneDX","x":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      'REPORT_UNKNOWN',
    ],
    ['OpenVEX', '{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}', 'REPORT_UNKNOWN'],
    ['cut off', bytesOf('cyclonedx-1.6').subarray(0, 900), 'REPORT_UNKNOWN'],
  ]
  for (const [name, report, code] of flawed)
    it(`refuses ${name}`, () => assert.throws(() => read(report), { code, where: 'sbom.json' }))

  it('refuses the other format when one is named', () => {
    assert.throws(() => read(bytesOf('spdx-2.3'), 'cyclonedx'), { code: 'REPORT_INVALID' })
    assert.throws(() => read('[]', 'spdx'), { code: 'REPORT_INVALID' })
    assert.throws(() => read('<xml/>', 'cyclonedx'), { code: 'REPORT_INVALID' })
  })

  it('refuses what would not fit into a bundle, and says how to go on', () => {
    const large = cyclonedx({ components: [{ name: 'a', description: 'x'.repeat(limits.sbomBytes) }] })
    assert.throws(() => read(large), { code: 'REPORT_TOO_LARGE', next: /--type reference/ })
    const inBundle = Math.ceil((limits.sbomBytes * 4) / 3)
    assert.ok(inBundle < limits.bundleBytes)
  })

  it('takes digests of the image from where tools put them, and no others', () => {
    const layer = digestOf('layer')
    const about = (component: object) =>
      read(cyclonedx({ metadata: { component }, components: [{ name: 'a', version: layer }] })).about
    assert.deepEqual(about({ name: 'x', version: IMAGE }), [IMAGE])
    assert.deepEqual(about({ name: 'x', version: `1.0-${IMAGE}` }), [])
    assert.deepEqual(about({ name: 'x', purl: `pkg:oci/x@${IMAGE}` }), [IMAGE])
    assert.deepEqual(about({ name: 'x', purl: `pkg:npm/x@${IMAGE}` }), [])
    assert.deepEqual(
      about({ name: 'x', properties: [{ name: 'aquasecurity:trivy:DiffID', value: layer }] }),
      [],
    )
    assert.deepEqual(
      about({ name: 'x', properties: [{ name: 'aquasecurity:trivy:ImageID', value: layer }] }),
      [layer],
    )
  })

  it('throws nothing but its own errors, whatever the bytes', () => {
    const samples = FILES.map(bytesOf)
    const mangled = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 8 }))
      .map(([sample, from, length, piece]) => {
        const at = from % sample.length
        return Buffer.concat([sample.subarray(0, at), piece, sample.subarray(at + (length % 40))])
      })
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), mangled)
    const format = fc.constantFrom(undefined, 'cyclonedx', 'spdx')
    fc.assert(
      fc.property(bytes, format, (report, named) => {
        try {
          read(report, named)
        } catch (error) {
          assert.ok(error instanceof WaybillError, String(error))
        }
      }),
      { numRuns: 400 },
    )
  })

  it('reads 20,000 components in well under a second', () => {
    const components = Array.from({ length: 20_000 }, (_, n) => ({
      type: 'library',
      name: `p${n}`,
      version: '1',
      purl: `pkg:npm/p${n}@1`,
    }))
    const report = cyclonedx({ components })
    const started = cpuTime()
    assert.match(read(report).summary, /20000 components/)
    assert.ok(cpuTime() - started < 2_000)
  })
})

function nested(depth: number): readonly object[] {
  return depth === 0 ? [] : [{ name: 'a', components: nested(depth - 1) }]
}
