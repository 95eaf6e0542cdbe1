import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ResolvedImage } from '../assessment/index.ts'
import { digestOf, platformFromText } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { reportSubjects } from './report-subjects.ts'
import type { ReportAbout } from './report-subjects.ts'

const INDEX = digestOf('index')
const manifest = (platform: string) => digestOf(`manifest ${platform}`)
const config = (platform: string) => digestOf(`config ${platform}`)
const [AMD, ARM] = ['linux/amd64', 'linux/arm64/v8'] as const

function image(digest: Digest, ...platforms: readonly string[]): ResolvedImage {
  const resolved = platforms.map((text) => ({
    platform: platformFromText(text) ?? { os: '', architecture: '' },
    manifest: platforms.length === 1 && digest !== INDEX ? digest : manifest(text),
    config: config(text),
  }))
  return { digest, platforms: resolved } as Partial<ResolvedImage> as ResolvedImage
}

const two = image(INDEX, AMD, ARM)
const everything = [INDEX, manifest(AMD), manifest(ARM)]
const onlyArm = [INDEX, manifest(ARM)]

const cases: readonly [
  name: string,
  report: ReportAbout,
  stated: string | undefined,
  subjects: readonly Digest[],
][] = [
  ['nothing said: the whole image', { about: [] }, undefined, everything],
  ['the index: the whole image', { about: [INDEX] }, undefined, everything],
  ['a platform’s manifest', { about: [manifest(ARM)] }, undefined, onlyArm],
  ['a platform’s config', { about: [config(ARM)] }, undefined, onlyArm],
  ['the index and a config, as Trivy writes it', { about: [INDEX, config(ARM)] }, undefined, onlyArm],
  ['both platforms', { about: [manifest(ARM), manifest(AMD)] }, undefined, everything],
  ['the index and a platform by name', { about: [INDEX], platform: 'linux/arm64' }, undefined, onlyArm],
  ['a platform as the caller names it', { about: [] }, 'linux/arm64/v8', onlyArm],
  [
    'one that looks at one platform, and says which by digest',
    { about: [INDEX, manifest(ARM)], onePlatform: true },
    undefined,
    onlyArm,
  ],
  [
    'one that looks at one platform, put together of both',
    { about: [manifest(ARM), manifest(AMD)], onePlatform: true },
    undefined,
    everything,
  ],
  ['one that looks at one platform, named', { about: [], onePlatform: true }, 'linux/arm64', onlyArm],
]

describe('what a report may be attested to', () => {
  for (const [name, report, stated, subjects] of cases)
    it(name, () => {
      assert.deepEqual(reportSubjects(report, stated, two, 'r').subjects, subjects)
    })

  const refused: readonly [name: string, report: ReportAbout, stated: string | undefined, code: string][] = [
    ['another image', { about: [digestOf('other')] }, undefined, 'REPORT_SUBJECT'],
    ['this image and another', { about: [INDEX, digestOf('other')] }, undefined, 'REPORT_SUBJECT'],
    [
      'a platform the image does not have',
      { about: [], platform: 'linux/s390x' },
      undefined,
      'REPORT_SUBJECT',
    ],
    [
      'one platform by digest, another by name',
      { about: [config(AMD)], platform: 'linux/arm64' },
      undefined,
      'REPORT_SUBJECT',
    ],
    [
      'one platform by its own word, another by the caller’s',
      { about: [], platform: 'linux/amd64' },
      'linux/arm64',
      'REPORT_SUBJECT',
    ],
    ['a platform that is no platform', { about: [] }, 'linux', 'REPORT_SUBJECT'],
    [
      'one platform of two, and nobody says which',
      { about: [], onePlatform: true },
      undefined,
      'REPORT_PLATFORM',
    ],
    [
      'the index alone, from a tool that looks at one platform',
      { about: [INDEX], onePlatform: true },
      undefined,
      'REPORT_PLATFORM',
    ],
  ]
  for (const [name, report, stated, code] of refused)
    it(`refuses ${name}`, () => {
      assert.throws(() => reportSubjects(report, stated, two, 'r.json'), { code, where: 'r.json' })
    })

  it('an image of one platform needs no name', () => {
    const single = image(digestOf('single'), AMD)
    assert.deepEqual(reportSubjects({ about: [config(AMD)], onePlatform: true }, undefined, single, 'r'), {
      subjects: [digestOf('single')],
      platform: undefined,
    })
  })
})
