import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import { factsWith, IMAGE, signer, verified } from '../../../test/support/policy-facts.ts'
import { evaluate, gatesSchema } from '../index.ts'
import type { Facts } from '../index.ts'

type Licences = Readonly<Record<string, readonly string[]>>

/** A CycloneDX statement: package → licences. */
function bom(packages: Licences, more: object = {}) {
  const components = Object.entries(packages).map(([name, licences]) => ({
    type: 'library',
    name,
    version: '1',
    purl: `pkg:npm/${encodeURIComponent(name).replaceAll('%2F', '/')}@1`,
    licenses: licences.map((licence) => ({ license: { name: licence } })),
  }))
  return verified('cyclonedx', { bomFormat: 'CycloneDX', specVersion: '1.6', components, ...more })
}

function waiverOf(changes: object = {}) {
  const predicate = {
    application: 'ordersvc',
    environment: 'staging',
    gate: 'licences',
    findings: ['GPL-3.0-only'],
    packages: ['readline'],
    reason: 'only in the build',
    approver: 'dana',
    createdOn: '2026-03-01T10:00:00Z',
    notAfter: '2026-04-01T00:00:00Z',
    ...changes,
  }
  return verified('waiver', predicate, signer('legal'))
}

const gpl = bom({ readline: ['GPL-3.0-only'], left: ['MIT'] })
const spdx = verified('https://spdx.dev/Document/v2.3', {
  spdxVersion: 'SPDX-2.3',
  packages: [
    {
      SPDXID: 'SPDXRef-a',
      name: 'a',
      versionInfo: '1',
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'MIT',
      externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/a@1' }],
    },
  ],
})
const unreadable = verified('cyclonedx', { bomFormat: 'CycloneDX', specVersion: '9' })
const DENY = { deny: ['GPL-1.0-or-later'] }

async function judge(options: object, facts: Facts) {
  const [verdict] = (await evaluate(await gatesSchema.parseAsync([{ licences: options }]), facts)).gates
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
  [
    'all allowed',
    { allow: ['MIT'] },
    factsWith([bom({ a: ['MIT'], b: ['MIT OR GPL-3.0-only'] })]),
    'pass',
    /^The licences of 2 packages are allowed\.$/,
  ],
  [
    'one denied',
    DENY,
    factsWith([gpl]),
    'fail',
    /^1 of 2 packages may not be used: GPL-3\.0-only \(readline 1\)\.$/,
  ],
  [
    'one that is not on the list',
    { allow: ['MIT'] },
    factsWith([gpl]),
    'fail',
    /GPL-3\.0-only \(readline 1\)/,
  ],
  [
    'several licences all bind',
    { allow: ['MIT'] },
    factsWith([bom({ a: ['MIT', 'ISC'] })]),
    'fail',
    /ISC \(a 1\)/,
  ],
  ['no SBOM', {}, factsWith([]), 'fail', /^linux\/amd64: no signed SBOM that lists packages\.$/],
  ['an SBOM that lists nothing', {}, factsWith([bom({})]), 'fail', /no signed SBOM that lists packages/],
  ['an SBOM that cannot be read', {}, factsWith([unreadable]), 'error', /1 signed SBOM cannot be read/],
  [
    'one that cannot be read beside a good one',
    {},
    factsWith([unreadable, bom({ a: ['MIT'] })]),
    'error',
    /^Not every SBOM can be read; 1 signed SBOM cannot be read\.$/,
  ],
  ['a definite no beside one that cannot be read', DENY, factsWith([unreadable, gpl]), 'fail', /readline/],
  ['no licence stated', {}, factsWith([bom({ a: [] })]), 'fail', /NOASSERTION \(a 1\)/],
  ['NONE', {}, factsWith([bom({ a: ['NONE'] })]), 'fail', /NONE \(a 1\)/],
  ['no SPDX id', {}, factsWith([bom({ a: ['The MIT License'] })]), 'fail', /The MIT License \(a 1\)/],
  [
    'unknown, allowed',
    { unknown: 'allow' },
    factsWith([bom({ a: [], b: ['Custom'] })]),
    'pass',
    /2 packages/,
  ],
  [
    'unknown, let through',
    { unknown: 'waive' },
    factsWith([bom({ a: [], b: ['MIT'] })]),
    'waived',
    /^The licences of 2 packages are allowed, NOASSERTION \(a 1\) let through\.$/,
  ],
  [
    'unknown is no excuse for a denied one',
    { ...DENY, unknown: 'waive' },
    factsWith([bom({ a: ['Custom', 'GPL-2.0'] })]),
    'fail',
    /GPL-2\.0 \(a 1\)/,
  ],
  [
    'what one SBOM does not know another says',
    {},
    factsWith([bom({ a: [] }), spdx]),
    'pass',
    /^The licences of 1 package are allowed\.$/,
  ],
  [
    'SBOMs that disagree bind together',
    { allow: ['MIT'] },
    factsWith([bom({ a: ['GPL-3.0-only'] }), spdx]),
    'fail',
    /GPL-3\.0-only \(a 1\)/,
  ],
  [
    'ignored by purl',
    { ...DENY, ignore: [{ packages: 'pkg:npm/@contoso/**', reason: 'ours' }] },
    factsWith([bom({ '@contoso/app': ['GPL-3.0-only'] })]),
    'pass',
    /1 package left out by ignore/,
  ],
  [
    'ignored by name',
    { ...DENY, ignore: [{ packages: ['read*'], reason: 'ours' }] },
    factsWith([gpl]),
    'pass',
    /1 package left out/,
  ],
  [
    'another is ignored',
    { ...DENY, ignore: [{ packages: 'pkg:npm/read', reason: 'ours' }] },
    factsWith([gpl]),
    'fail',
    /readline/,
  ],
  ['waived', DENY, factsWith([gpl, waiverOf()]), 'waived', /GPL-3\.0-only \(readline 1\) let through\.$/],
  ['waived for the place', DENY, { ...factsWith([gpl]), standing: [waiverOf()] }, 'waived', /let through/],
  [
    'a waiver for another package',
    DENY,
    factsWith([gpl, waiverOf({ packages: ['left'] })]),
    'fail',
    /readline/,
  ],
  [
    'a waiver of another licence',
    DENY,
    factsWith([gpl, waiverOf({ findings: ['MIT'] })]),
    'fail',
    /readline/,
  ],
  [
    'a waiver that has ended',
    DENY,
    factsWith([gpl, waiverOf({ notAfter: '2026-03-01T11:00:00Z' })]),
    'fail',
    /readline/,
  ],
  [
    'a waiver of one part of an expression',
    DENY,
    factsWith([bom({ readline: ['MIT AND GPL-3.0-only'] }), waiverOf()]),
    'fail',
    /MIT AND GPL/,
  ],
]

describe('gate licences', () => {
  for (const [name, options, facts, result, reason] of cases)
    test(name, async () => {
      const verdict = await judge(options, facts)
      assert.match(verdict.reason, reason)
      assert.equal(verdict.result, result, verdict.reason)
      if (result === 'pass' || result === 'waived') assert.ok(verdict.evidence.length > 0)
    })

  test('lists what stands in the way, and names the waiver', async () => {
    const waiver = waiverOf()
    const verdict = await judge({ allow: ['ISC'] }, factsWith([gpl, waiver]))
    assert.deepEqual(verdict.findings, [
      { id: 'MIT', about: 'left 1 (pkg:npm/left@1)' },
      { id: 'GPL-3.0-only', about: 'readline 1 (pkg:npm/readline@1)', waivedBy: waiver.payload },
    ])
    assert.ok(verdict.evidence.includes(waiver.payload))
  })

  test('another platform needs its own SBOM', async () => {
    const facts = factsWith([bom({ a: ['MIT'] })])
    const [one] = facts.image.platforms
    assert.ok(one)
    const platforms = [one, { ...one, platform: { os: 'linux', architecture: 'arm64' }, manifest: IMAGE }]
    const verdict = await judge({}, { ...facts, image: { ...facts.image, platforms } })
    assert.equal(verdict.result, 'fail')
    assert.match(verdict.reason, /^linux\/amd64: no signed SBOM/)
  })

  test('judges 20,000 packages under as many licences well within a few seconds', async () => {
    const packages = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, n) => [`p${n}`, [`MIT OR LicenseRef-${n}`]]),
    )
    const facts = factsWith([bom(packages)])
    const started = cpuTime()
    assert.equal((await judge({ allow: ['MIT'] }, facts)).result, 'pass')
    assert.ok(cpuTime() - started < 3_000)
  })
})
