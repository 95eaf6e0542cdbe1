import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { resolve } from '../../src/registry/index.ts'
import type { Outcome } from '../../src/promotion/index.ts'
import type { Cleanup } from '../support/registries.ts'
import { imageTag, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const GATES = [
  { sbom: { formats: 'cyclonedx' } },
  { licences: { deny: ['GPL-1.0-or-later'] } },
  { platforms: { exactly: ['linux/amd64', 'linux/arm64'], configs: true } },
  { size: { max: '1MB', maxGrowth: '10%' } },
  { labels: { indexAnnotations: { 'org.opencontainers.image.version': { pattern: '\\d+\\.\\d+\\.\\d+' } } } },
]

async function open(t: Cleanup, ...more: readonly object[]): Promise<Road> {
  const road = await openRoad(t, {
    git: false,
    trust: (signers) => {
      for (const signer of signers)
        if (signer.id === 'ci-tests') signer.mayAssert = ['test-result', 'cyclonedx']
    },
  })
  road.only('dev')
  road.change('dev', { gates: [...GATES, ...more] })
  return road
}

async function platformsOf(road: Road, digest: Digest): Promise<readonly Digest[]> {
  const { manifest } = await resolve(road.store('dev'), digest)
  return childrenOf(manifest).map((child) => child.digest)
}

function sbomAbout(digest: Digest, licence = 'MIT') {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { type: 'container', name: 'ordersvc', version: digest } },
    components: [
      { type: 'library', name: 'readline', version: '8.2', licenses: [{ license: { id: licence } }] },
    ],
  }
}

const said = ({ verdict }: Outcome) =>
  Object.fromEntries(verdict.gates.map(({ gate, result, reason }) => [gate, `${result}: ${reason}`]))

describe('gates about what the image is', () => {
  it('let in an image with an SBOM for each platform, and compare its successor with it', async (t) => {
    const road = await open(t)
    const digest = await road.build('first')
    const [amd64, arm64] = await platformsOf(road, digest)
    assert.ok(amd64 && arm64)
    await road.say(road.store('dev'), digest, 'cyclonedx', sbomAbout(amd64), 'tests')
    const half = await road.promote('dev', { image: imageTag('first') })
    assert.equal(half.outcome, 'refused')
    assert.match(said(half).sbom ?? '', /^fail: linux\/arm64: no signed SBOM/)
    assert.match(said(half).licences ?? '', /^fail: linux\/arm64: no signed SBOM/)

    await road.say(road.store('dev'), digest, 'cyclonedx', sbomAbout(arm64), 'tests')
    const whole = await road.promote('dev', { image: imageTag('first') })
    assert.equal(whole.outcome, 'promoted', JSON.stringify(said(whole)))
    assert.match(said(whole).size ?? '', /nothing to compare/)

    const next = await road.build('second')
    for (const platform of await platformsOf(road, next))
      await road.say(road.store('dev'), next, 'cyclonedx', sbomAbout(platform), 'tests')
    const second = await road.promote('dev', { image: imageTag('second') })
    assert.equal(second.outcome, 'promoted', JSON.stringify(said(second)))
    assert.match(said(second).size ?? '', /linux\/amd64 is 0\.\d kB, before 0\.\d kB/)
  })

  it('refuse a licence in one platform only, an SBOM of another image, and root', async (t) => {
    const road = await open(t, { labels: { user: { nonRoot: true } } })
    const other = await road.build('other')
    const digest = await road.build('this')
    const [amd64, arm64] = await platformsOf(road, digest)
    assert.ok(amd64 && arm64)
    for (const about of [sbomAbout(amd64), sbomAbout(arm64, 'GPL-3.0-or-later'), sbomAbout(other)])
      await road.say(road.store('dev'), digest, 'cyclonedx', about, 'tests')
    const outcome = await road.promote('dev', { image: imageTag('this') })
    assert.equal(outcome.outcome, 'refused')
    assert.match(said(outcome).sbom ?? '', /^pass: linux\/amd64 and linux\/arm64/)
    assert.match(
      said(outcome).licences ?? '',
      /^fail: 1 of 1 package may not be used: GPL-3\.0-or-later \(readline 8\.2\)/,
    )
    assert.match(said(outcome).labels ?? '', /^fail: linux\/amd64 and linux\/arm64: runs as root/)
    assert.equal(await road.tag('dev', 'promotions.dev'), undefined)
  })

  it('do not read an SBOM of somebody who may not speak of it', async (t) => {
    const road = await open(t)
    const digest = await road.build('stranger')
    for (const platform of await platformsOf(road, digest))
      await road.say(road.store('dev'), digest, 'cyclonedx', sbomAbout(platform), 'build')
    const outcome = await road.promote('dev', { image: imageTag('stranger') })
    assert.equal(outcome.outcome, 'refused')
    assert.match(
      said(outcome).sbom ?? '',
      /fail: .*no signed SBOM; 2 others found that does? not count \(foreign/,
    )
  })
})
