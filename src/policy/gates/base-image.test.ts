import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { arm64, details, image, refuses, table, unread } from '../../../test/support/image-facts.ts'
import { AMD64, provenanceOf, verified } from '../../../test/support/policy-facts.ts'
import { digestOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { evaluate, gatesSchema } from '../index.ts'
import type { Facts } from '../index.ts'

const BASE = digestOf('base')
const NAME = 'org.opencontainers.image.base.name'
const DIGEST = 'org.opencontainers.image.base.digest'

const used = (...dependencies: readonly object[]) => {
  const given = provenanceOf({ builder: 'native' })
  const { resolvedDependencies } = given.buildDefinition
  return verified('provenance', {
    ...given,
    buildDefinition: {
      ...given.buildDefinition,
      resolvedDependencies: [...resolvedDependencies, ...dependencies],
    },
  })
}
const sha256 = (digest: Digest) => ({ sha256: digest.slice('sha256:'.length) })
const marked = (uri: string, digest = BASE) => ({ name: 'base', uri, digest: sha256(digest) })
const byBuildKit = (name: string, digest = BASE) => ({
  uri: `pkg:docker/${name}?platform=linux%2Famd64`,
  digest: sha256(digest),
})
const adopted = () => verified('provenance', provenanceOf({ builder: 'buildx' }))
const OURS = 'oci://registry.example.com/base/node:22'
const ALLOW = { allow: ['registry.example.com/base/*'] }

function built(...statements: readonly ReturnType<typeof verified>[]): Facts {
  return { ...image([details()]), evidence: { valid: statements, unusable: [] } }
}

function annotated(facts: Facts, name: string, digest: string = BASE): Facts {
  return { ...facts, image: { ...facts.image, annotations: { [NAME]: name, [DIGEST]: digest } } }
}

table('baseImage', [
  [
    'by provenance',
    ALLOW,
    built(used(marked(OURS))),
    'pass',
    /^Built on "registry\.example\.com\/base\/node@sha256:[0-9a-f]{12}", by signed provenance\.$/,
  ],
  [
    'another',
    ALLOW,
    built(used(marked('oci://docker.io/library/node:22'))),
    'fail',
    /Built on "docker\.io\/library\/node@.*, by signed provenance, required: registry\.example\.com\/base\/\*/,
  ],
  [
    'one of two',
    ALLOW,
    built(used(marked(OURS), marked('oci://docker.io/library/node'))),
    'fail',
    /docker\.io/,
  ],
  [
    'two builds',
    ALLOW,
    built(used(marked(OURS)), used(marked('oci://docker.io/library/node'))),
    'fail',
    /docker\.io/,
  ],
  ['a base that has no repository', ALLOW, built(used(marked('layout:base'))), 'fail', /layout:base/],
  [
    'a base that has no repository, by digest',
    { allow: [BASE] },
    built(used(marked('layout:base'))),
    'pass',
    /layout:base/,
  ],
  ['a base nobody can read', ALLOW, built(used(marked('https://example.com'))), 'fail', /\(no name\)/],
  [
    'a digest of the repository',
    { allow: [`registry.example.com/base/node@${BASE}`] },
    built(used(marked(OURS))),
    'pass',
    /base\/node/,
  ],
  [
    'another digest of the repository',
    { allow: [`registry.example.com/base/node@${AMD64}`] },
    built(used(marked(OURS))),
    'fail',
    /base\/node/,
  ],
  [
    'the digest in another repository',
    { allow: [`registry.example.com/base/node@${BASE}`] },
    built(used(marked('oci://evil.example.com/base/node'))),
    'fail',
    /evil/,
  ],
  [
    'a short name',
    { allow: ['debian'] },
    built(used(byBuildKit('debian@12'))),
    'pass',
    /docker\.io\/library\/debian/,
  ],
  [
    'every image BuildKit used',
    { allow: ['debian'] },
    built(used(byBuildKit('debian@12'), byBuildKit('golang@1', AMD64))),
    'fail',
    /golang/,
  ],
  [
    'the one that the annotations name',
    { allow: ['debian'] },
    annotated(built(used(byBuildKit('debian@12'), byBuildKit('golang@1', AMD64))), 'debian:12'),
    'pass',
    /debian.*by signed provenance/,
  ],
  [
    'annotations do not choose where only signed provenance counts',
    { allow: ['debian'], signed: true },
    annotated(built(used(byBuildKit('debian@12'), byBuildKit('golang@1', AMD64))), 'debian:12'),
    'fail',
    /golang/,
  ],
  [
    'another registry',
    { allow: ['ghcr.io/contoso/*'] },
    built(used(byBuildKit('ghcr.io/contoso/base@3'))),
    'pass',
    /ghcr\.io\/contoso\/base/,
  ],
  [
    'accounts that disagree',
    { allow: ['**'] },
    annotated(built(used(marked(OURS))), 'debian:12'),
    'fail',
    /The annotations name the base "debian:12", the signed provenance "registry/,
  ],
  [
    'accounts that agree, one by index and one by platform',
    ALLOW,
    annotated(built(used(marked(OURS))), 'registry.example.com/base/node:22', AMD64),
    'pass',
    /signed/,
  ],
  [
    'by annotation',
    ALLOW,
    annotated(built(), 'registry.example.com/base/node:22'),
    'pass',
    /, by annotation only\.$/,
  ],
  [
    'by annotation, where that does not count',
    { ...ALLOW, signed: true },
    annotated(built(), 'registry.example.com/base/node'),
    'fail',
    /^No signed provenance names the base image\.$/,
  ],
  [
    'by annotation of an adopted image',
    ALLOW,
    annotated(built(adopted()), 'registry.example.com/base/node:22'),
    'pass',
    /annotation/,
  ],
  [
    'an annotation that is no name',
    { allow: ['**'] },
    annotated(built(), 'https://what'),
    'fail',
    /Built on/,
  ],
  [
    'by annotations of the platforms',
    ALLOW,
    image([
      details({ annotations: { [NAME]: 'registry.example.com/base/a' } }),
      arm64({ annotations: { [NAME]: 'registry.example.com/base/b' } }),
    ]),
    'pass',
    /base\/a" and "registry\.example\.com\/base\/b"/,
  ],
  [
    'by annotation of one platform',
    ALLOW,
    image([details({ annotations: { [NAME]: 'registry.example.com/base/a' } }), arm64()]),
    'fail',
    /Nothing says what the base image of linux\/arm64 is/,
  ],
  ['nothing', ALLOW, built(), 'fail', /^Nothing says what the base image is; required:/],
  ['adopted, and nothing says', { allow: ['scratch'] }, built(adopted()), 'fail', /^Nothing says/],
  [
    'from scratch',
    { allow: ['scratch'] },
    built(used()),
    'pass',
    /^Built from scratch, by signed provenance\.$/,
  ],
  ['from scratch, which is not allowed', ALLOW, built(used()), 'fail', /^Built from scratch, required:/],
  [
    'from scratch, and annotations that say otherwise',
    { allow: ['scratch', 'debian'] },
    annotated(built(used()), 'debian'),
    'fail',
    /the signed provenance none/,
  ],
  [
    'provenance that cannot be read',
    { allow: ['**'] },
    annotated(built(verified('provenance', {})), 'debian'),
    'error',
    /cannot be read/,
  ],
  [
    'the right layers',
    { ...ALLOW, layers: [[digestOf('layer 1')]] },
    built(used(marked(OURS))),
    'pass',
    /base\/node/,
  ],
  [
    'other layers',
    { ...ALLOW, layers: [[digestOf('layer 2')]] },
    built(used(marked(OURS))),
    'fail',
    /^The layers of linux\/amd64 begin with none of those required\.$/,
  ],
  [
    'more layers required than there are',
    { ...ALLOW, layers: [[digestOf('layer 1'), digestOf('layer 2'), digestOf('layer 3')]] },
    built(used(marked(OURS))),
    'fail',
    /layers/,
  ],
  [
    'layers that could not be read',
    { ...ALLOW, layers: [[BASE]] },
    unread(built(used(marked(OURS)))),
    'error',
    /could not be read/,
  ],
  ['young enough', { ...ALLOW, maxAge: '30d' }, young('2026-02-20T00:00:00Z'), 'pass', /base\/node/],
  [
    'too old',
    { ...ALLOW, maxAge: '30d' },
    young('2025-02-20T00:00:00Z'),
    'fail',
    /^The lowest layer of linux\/amd64 is 374d 12h old, by its own account/,
  ],
  ['without a date', { ...ALLOW, maxAge: '30d' }, built(used(marked(OURS))), 'error', /has no date/],
])
refuses('baseImage', [
  {},
  { allow: [] },
  { allow: ['debian:12'] },
  { allow: ['debian@sha256:1'] },
  { allow: ['a@b@c'] },
  { allow: ['x'], layers: [[]] },
  { allow: ['x'], layers: [['sha256:1']] },
])

function young(firstLayerOn: string): Facts {
  const facts = built(used(marked(OURS)))
  return { ...facts, image: { ...facts.image, details: [details({ firstLayerOn })] } }
}

test('baseImage holds whatever a builder names', async () => {
  const [gate] = await gatesSchema.parseAsync([{ baseImage: ALLOW }])
  assert.ok(gate)
  const uri = fc.oneof(
    fc.string(),
    fc.constantFrom('oci://', 'pkg:docker/', 'pkg:oci/a?repository_url=%', 'layout:', 'docker://a b'),
  )
  await fc.assert(
    fc.asyncProperty(uri, fc.string(), async (text, name) => {
      const facts = built(used({ uri: text, name, digest: { sha256: 'zz' } }))
      const { gates } = await evaluate([gate], facts)
      assert.match(gates[0]?.result ?? '', /^fail$/)
    }),
  )
})
