import { AMD64 } from '../../../test/support/policy-facts.ts'
import { arm64, details, image, refuses, table, unread } from '../../../test/support/image-facts.ts'
import { digestOf } from '../../oci/index.ts'
import type { Platform } from '../../oci/index.ts'
import type { ImageDetails } from '../index.ts'

table('platforms', [
  [
    'exactly these',
    { exactly: ['linux/amd64', 'linux/arm64'] },
    image([details(), arm64()]),
    'pass',
    /^For linux\/amd64 and linux\/arm64, required: exactly/,
  ],
  [
    'one too many',
    { exactly: 'linux/amd64' },
    image([details(), arm64()]),
    'fail',
    /linux\/arm64 not asked for; required: exactly linux\/amd64/,
  ],
  [
    'one too few',
    { exactly: ['linux/amd64', 'linux/arm64'] },
    image([details()]),
    'fail',
    /linux\/arm64 missing/,
  ],
  [
    'more than enough',
    { atLeast: 'linux/amd64' },
    image([details(), arm64()]),
    'pass',
    /at least linux\/amd64/,
  ],
  ['not enough', { atLeast: ['linux/s390x'] }, image([details(), arm64()]), 'fail', /linux\/s390x missing/],
  ['v8 is what linux/arm64 means', { exactly: ['linux/arm64/v8'] }, image([arm64()]), 'pass', /linux\/arm64/],
  [
    'v7 is not v6',
    { atLeast: 'linux/arm/v7' },
    image([details({ platform: { os: 'linux', architecture: 'arm', variant: 'v6' } })]),
    'fail',
    /linux\/arm\/v7 missing/,
  ],
  [
    'twice the same',
    { atLeast: 'linux/arm64' },
    image([
      arm64(),
      arm64({ platform: { os: 'linux', architecture: 'arm64', variant: 'v8' }, manifest: AMD64 }),
    ]),
    'fail',
    /linux\/arm64 is there more than once/,
  ],
  [
    'two releases of Windows',
    { exactly: 'windows/amd64' },
    image([windows('10.0.1'), windows('10.0.2')]),
    'pass',
    /windows\/amd64/,
  ],
  [
    'attestations of a builder',
    { exactly: 'linux/amd64' },
    image([details(), details({ platform: { os: 'unknown', architecture: 'unknown' } })]),
    'pass',
    /^For linux\/amd64,/,
  ],
  [
    'nothing but attestations',
    { exactly: 'linux/amd64' },
    image([details({ platform: { os: 'unknown', architecture: 'unknown' } })]),
    'error',
    /does not say/,
  ],
  [
    'the configuration agrees',
    { exactly: 'linux/amd64', configs: true },
    image([details({ configPlatform: { os: 'linux', architecture: 'amd64' } })]),
    'pass',
    /linux\/amd64/,
  ],
  [
    'the configuration says otherwise',
    { exactly: 'linux/arm64', configs: true },
    image([arm64({ configPlatform: { os: 'linux', architecture: 'amd64' } })]),
    'fail',
    /The index says linux\/arm64, the configuration behind it linux\/amd64/,
  ],
  [
    'the configuration says nothing',
    { exactly: 'linux/amd64', configs: true },
    image([details()]),
    'error',
    /Not every platform/,
  ],
  [
    'the configuration was not read',
    { exactly: 'linux/amd64', configs: true },
    unread(image([details()])),
    'error',
    /Not every platform/,
  ],
])
refuses('platforms', [
  {},
  { exactly: [] },
  { exactly: 'linux' },
  { exactly: 'linux/amd64', atLeast: 'linux/amd64' },
])

function windows(version: string): ImageDetails {
  const platform: Platform = { os: 'windows', architecture: 'amd64', 'os.version': version }
  return details({ platform, manifest: digestOf(version) })
}
