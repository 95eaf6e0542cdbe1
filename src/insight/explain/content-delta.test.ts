import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Sbom, SbomComponent, Vulnerability, VulnerabilityScan } from '../../attestation/index.ts'
import type { ImageDetails } from '../../policy/index.ts'
import { digestOf } from '../../oci/index.ts'
import { imageDelta } from './image-delta.ts'
import { packageDelta } from './package-delta.ts'
import { vulnerabilityDelta } from './vulnerability-delta.ts'

const component = (name: string, version?: string, more: Partial<SbomComponent> = {}): SbomComponent => ({
  name,
  version,
  purl: undefined,
  type: 'library',
  licences: [],
  ...more,
})

const bom = (...components: readonly SbomComponent[]): Sbom => ({
  format: 'cyclonedx',
  specVersion: '1.6',
  createdOn: undefined,
  tools: [],
  components,
  about: [],
})

suite('src/insight/explain/package-delta.ts', () => {
  test('added, removed, changed; the order of SBOMs and platforms does not matter', () => {
    const before = [bom(component('a', '1'), component('b', '1'), component('c', '1'))]
    const after = [bom(component('c', '2')), bom(component('a', '1'), component('d'), component('c', '1'))]
    const delta = packageDelta(before, after)
    assert.deepEqual(delta.counts, { added: 2, removed: 1, changed: 0 })
    assert.deepEqual(delta.removed, [{ name: 'b', before: { version: '1', licences: [] } }])
    assert.deepEqual(packageDelta(before, after.toReversed()), delta)
  })

  test('another version or licence is a change; an operating system is no package', () => {
    const before = [bom(component('a', '1', { licences: ['MIT'] }), component('b', '1'))]
    const os = component('debian', '12', { type: 'operating-system' })
    const after = [bom(component('a', '1', { licences: ['GPL-3.0-only'] }), component('b', '2'), os)]
    const { counts, changed } = packageDelta(before, after)
    assert.deepEqual(counts, { added: 0, removed: 0, changed: 2 })
    assert.deepEqual(changed[0]?.after, { version: '1', licences: ['GPL-3.0-only'] })
  })

  test('names of the prototype are names', () => {
    const after = [bom(component('constructor', '1'))]
    assert.deepEqual(
      packageDelta([bom()], after).added.map(({ name }) => name),
      ['constructor'],
    )
  })

  test('many: all are counted, some are listed', () => {
    const many = Array.from({ length: 500 }, (_, index) => component(`p${index}`, '1'))
    const { counts, added } = packageDelta([], [bom(...many)])
    assert.deepEqual([counts.added, added.length], [500, 200])
  })
})

const found = (id: string, more: Partial<Vulnerability> = {}): Vulnerability => ({
  id,
  aliases: [],
  severity: 'medium',
  score: undefined,
  epss: undefined,
  knownExploited: undefined,
  package: { name: 'openssl', version: '1' },
  fixedIn: [],
  ...more,
})

const scan = (...vulnerabilities: readonly Vulnerability[]): VulnerabilityScan => ({
  tool: { name: 'trivy' },
  databaseOn: '2026-01-01T00:00:00Z',
  finishedOn: undefined,
  vulnerabilities,
  endOfLife: false,
})

suite('src/insight/explain/vulnerability-delta.ts', () => {
  test('introduced, fixed and kept; worst first; an alias is the same finding', () => {
    const before = [scan(found('CVE-1'), found('GHSA-a', { aliases: ['CVE-2'] }))]
    const after = [
      scan(found('CVE-2'), found('CVE-4', { severity: 'low' }), found('CVE-3', { severity: 'critical' })),
    ]
    const delta = vulnerabilityDelta(before, after)
    const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id)
    assert.deepEqual(
      [ids(delta.introduced), ids(delta.fixed), ids(delta.kept)],
      [['CVE-3', 'CVE-4'], ['CVE-1'], ['CVE-2']],
    )
    assert.deepEqual(delta.notes, [])
  })

  test('the same in a newer version of the package is kept, in another package it is new', () => {
    const before = [scan(found('CVE-1'))]
    const after = [
      scan(
        found('CVE-1', { package: { name: 'openssl', version: '2' } }),
        found('CVE-1', { package: { name: 'other' } }),
      ),
    ]
    assert.deepEqual(vulnerabilityDelta(before, after).counts, { introduced: 1, fixed: 0, kept: 1 })
  })

  test('other tools, other data, no more updates: said', () => {
    const later = {
      ...scan(),
      tool: { name: 'grype' },
      databaseOn: '2026-02-01T00:00:00Z',
      endOfLife: true,
    }
    const { notes } = vulnerabilityDelta([scan()], [later])
    assert.match(notes.join(' '), /trivy there, grype here.*2026-01-01 there, of 2026-02-01.*no more updates/)
  })
})

const details = (more: Partial<ImageDetails>): ImageDetails => ({
  platform: { os: 'linux', architecture: 'amd64' },
  manifest: digestOf('manifest'),
  config: digestOf('config'),
  size: 10,
  layers: [],
  labels: {},
  annotations: {},
  user: undefined,
  created: undefined,
  variables: [],
  entrypoint: [],
  command: [],
  ports: [],
  ...more,
})

suite('src/insight/explain/image-delta.ts', () => {
  test('what a person must see: root, words of the command, labels, base image', () => {
    const before = details({ user: '1000', command: ['a b'], labels: { x: '1', constructor: 'c' } })
    const after = details({
      manifest: digestOf('other'),
      command: ['a', 'b'],
      labels: { x: '2' },
      annotations: { 'org.opencontainers.image.base.name': 'alpine:3' },
    })
    const [platform] = imageDelta([before], [after]).platforms
    assert.deepEqual(platform?.changes, [
      { what: 'user', before: '1000', after: 'root' },
      { what: 'command', before: '["a b"]', after: '["a","b"]' },
      { what: 'base image', after: 'alpine:3' },
      { what: 'label constructor', before: 'c' },
      { what: 'label x', before: '1', after: '2' },
    ])
  })

  test('a platform that came, went or is the same', () => {
    const arm = details({ platform: { os: 'linux', architecture: 'arm64' } })
    assert.deepEqual(
      imageDelta([details({}), arm], [details({})]).platforms.map(({ change }) => change),
      ['same', 'removed'],
    )
    assert.equal(imageDelta([], [arm]).platforms[0]?.change, 'added')
  })
})
