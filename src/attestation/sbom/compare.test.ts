import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { PackageURL } from 'packageurl-js'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import type { Sbom, SbomComponent } from '../index.ts'
import { compareSboms, identityOf } from '../index.ts'

function component(given: string | Partial<SbomComponent>, ...licences: readonly string[]): SbomComponent {
  const told = typeof given === 'string' ? purlParts(given) : given
  return { name: 'x', version: undefined, purl: undefined, type: 'library', licences, ...told }
}

const purlParts = (purl: string) => ({
  purl,
  name: /([^/@]+)(?:@|$)/.exec(purl)?.[1] ?? '',
  version: /@([^?@]+)/.exec(purl)?.[1],
})

function sbomOfComponents(...components: readonly SbomComponent[]): Sbom {
  return { format: 'spdx', specVersion: '2.3', createdOn: undefined, tools: [], components, about: [] }
}

const shown = (one: SbomComponent) => `${one.name} ${one.version}`

function differences(before: readonly SbomComponent[], after: readonly SbomComponent[]) {
  const { added, removed, changed } = compareSboms(sbomOfComponents(...before), sbomOfComponents(...after))
  return {
    added: added.map(shown),
    removed: removed.map(shown),
    changed: changed.map((one) => `${shown(one.before)} → ${shown(one.after)}`),
  }
}

describe('comparing SBOMs', () => {
  it('tells added, removed and changed packages', () => {
    const before = ['pkg:npm/a@1', 'pkg:npm/b@1', 'pkg:npm/c@1'].map((purl) => component(purl))
    const after = ['pkg:npm/d@1', 'pkg:npm/b@1', 'pkg:npm/c@2'].map((purl) => component(purl))
    assert.deepEqual(differences(before, after), { added: ['d 1'], removed: ['a 1'], changed: ['c 1 → c 2'] })
  })

  it('takes a package for the same in another release of the distribution', () => {
    const before = [component('pkg:deb/debian/zlib1g@1.2?arch=amd64&distro=debian-12.5')]
    const after = [component('pkg:deb/debian/zlib1g@1.2?arch=amd64&distro=debian-12.6')]
    assert.deepEqual(differences(before, after), { added: [], removed: [], changed: [] })
  })

  it('compares several versions of one package version by version', () => {
    const before = ['pkg:npm/a@1', 'pkg:npm/a@2', 'pkg:npm/a@2'].map((purl) => component(purl))
    const after = ['pkg:npm/a@2', 'pkg:npm/a@3', 'pkg:npm/a@4'].map((purl) => component(purl))
    assert.deepEqual(differences(before, after), { added: ['a 4'], removed: [], changed: ['a 1 → a 3'] })
  })

  it('takes another licence for a change, and another order of licences for none', () => {
    const a = component('pkg:npm/a@1', 'MIT', 'BSD-2-Clause')
    assert.equal(differences([a], [component('pkg:npm/a@1', 'MIT')]).changed.length, 1)
    assert.equal(differences([a], [component('pkg:npm/a@1', 'BSD-2-Clause', 'MIT')]).changed.length, 0)
  })

  it('goes by type and name where there is no purl, or none that can be read', () => {
    const before = [
      component({ name: 'a', version: '1' }),
      component({ name: 'b', version: '1', purl: 'npm:b' }),
    ]
    const after = [
      component({ name: 'a', version: '2' }),
      component({ name: 'b', version: '2', purl: 'npm:b' }),
    ]
    assert.deepEqual(differences(before, after).changed, ['a 1 → a 2', 'b 1 → b 2'])
  })

  it('finds nothing between an SBOM and itself, and the reverse the other way round', () => {
    const packages = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'toString', '__proto__'),
        version: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined }),
        purl: fc.constantFrom(undefined, 'pkg:npm/a@1', 'pkg:npm/a@2', 'pkg:', 'pkg:npm/%zz'),
      }),
    )
    fc.assert(
      fc.property(packages, packages, (one, other) => {
        const [a, b] = [one, other].map((list) => list.map((given) => component(given)))
        assert.ok(a && b)
        assert.deepEqual(differences(a, a), { added: [], removed: [], changed: [] })
        const there = differences(a, b)
        const back = differences(b, a)
        assert.deepEqual(there.added.toSorted(), back.removed.toSorted())
        assert.equal(there.changed.length, back.changed.length)
      }),
    )
  })

  it('compares 20,000 components well within a second', () => {
    const all = (version: number) =>
      Array.from({ length: 20_000 }, (_, n) => component(`pkg:npm/p${n}@${version}.0.0`))
    const started = cpuTime()
    assert.equal(differences(all(1), all(2)).changed.length, 20_000)
    assert.ok(cpuTime() - started < 1_500)
  })
})

describe('the identity of a package', () => {
  it('has the parts that the purl reference library reads', () => {
    const word = fc.stringMatching(/^[a-z@%+ä][a-z0-9._~@%+ä-]{0,8}$/)
    const type = fc.constantFrom('npm', 'deb', 'pypi', 'golang', 'generic', 'github', 'rpm')
    // packageurl-js 2.0.1 breaks on Go versions that begin with v and are no semantic ones.
    const version = fc.option(fc.stringMatching(/^[0-9][0-9@:+~/.a-z-]{0,11}$/), { nil: undefined })
    fc.assert(
      fc.property(type, word, word, version, (kind, namespace, name, number) => {
        const purl = new PackageURL(kind, namespace, name, number, { arch: 'amd64' }, undefined)
        const expected = `pkg:${purl.type}/${purl.namespace}/${purl.name}`
        assert.equal(identityOf(component({ purl: purl.toString() })), expected)
      }),
    )
  })

  it('reads purls that are not quite encoded', () => {
    assert.equal(identityOf(component({ purl: 'pkg:npm/@angular/core@17.0.0' })), 'pkg:npm/@angular/core')
    assert.equal(identityOf(component({ purl: 'pkg:npm/@angular/core' })), 'pkg:npm/@angular/core')
    assert.equal(
      identityOf(component({ purl: 'pkg:golang/Example.com/X#sub/pkg' })),
      'pkg:golang/example.com/x#sub/pkg',
    )
  })
})
