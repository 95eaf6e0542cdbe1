import {
  makePassMark,
  makeStatement,
  predicateTypes,
  WAYBILL_BUILD_TYPE,
} from '../../src/attestation/index.ts'
import type { PredicateName, Signer, VerifiedStatement } from '../../src/attestation/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { Facts } from '../../src/policy/index.ts'

export const NOW = new Date('2026-03-01T12:00:00Z')
export const IMAGE = digestOf('the image')
/** The manifest of its one platform. */
export const AMD64 = digestOf('linux/amd64')
export const OTHER_IMAGE = digestOf('another image')
const POLICY = digestOf('the policy')
const SOURCE = 'https://git.example.com/contoso/ordersvc'
export const DEV_REPOSITORY = 'registry.example.com/dev/ordersvc'

let count = 0

export function signer(id: string, roles: readonly string[] = []): Signer {
  return { id, identity: `${id}@example.com`, roles }
}

/** A statement as assessment would hand it on: verified. Every call is another payload. */
export function verified(
  name: PredicateName | `https://${string}`,
  predicate: object,
  by: Signer = signer('ci'),
): VerifiedStatement {
  const predicateType = name.startsWith('https://') ? name : predicateTypes[name as PredicateName]
  const payload = digestOf(`${count++} ${JSON.stringify(predicate)}`)
  const statement = makeStatement([IMAGE], predicateType, predicate)
  return {
    statement,
    predicateType,
    payload,
    signer: by,
    origin: { manifest: payload, format: 'bundle' },
    provenOn: undefined,
  }
}

export function provenanceOf(changes: object = {}, author: string | undefined = 'dana@example.com') {
  return {
    buildDefinition: {
      buildType: WAYBILL_BUILD_TYPE,
      externalParameters: {
        source: SOURCE,
        ref: 'refs/heads/dev',
        event: 'push',
        builder: 'native',
        platforms: ['linux/amd64'],
        dirty: false,
        ...changes,
      },
      resolvedDependencies: [
        {
          uri: `git+${SOURCE}@refs/heads/dev`,
          digest: { gitCommit: 'c0ffee0123456789c0ffee0123456789c0ffee01' },
          ...(author && { annotations: { author } }),
        },
      ],
    },
    runDetails: { builder: { id: 'https://ci.example.com/runner' } },
  }
}

export function testsOf(suite: string, result: 'PASSED' | 'WARNED' | 'FAILED', counts: object = {}) {
  return { result, configuration: [{ name: suite }], passedTests: ['a', 'b'], ...counts }
}

export function markOf(
  environment: string,
  passed = true,
  repository = DEV_REPOSITORY,
  at = '2026-03-01T10:00:00Z',
) {
  return makePassMark({
    environment,
    repository,
    policyDigest: POLICY,
    passed,
    inputs: [],
    verifierVersion: '1',
    at,
  })
}

export function approvalOf(changes: object = {}) {
  return {
    decision: 'approve',
    application: 'ordersvc',
    environment: 'staging',
    policy: { digest: POLICY },
    approver: 'someone',
    createdOn: '2026-03-01T11:00:00Z',
    ...changes,
  }
}

/** Facts about IMAGE on its way into staging; dev has held it since 11:00. */
export function factsWith(valid: readonly VerifiedStatement[], changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    application: 'ordersvc',
    environment: 'staging',
    source: SOURCE,
    image: {
      digest: IMAGE,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      platforms: [
        { platform: { os: 'linux', architecture: 'amd64' }, manifest: AMD64, config: digestOf('config') },
      ],
      annotations: { 'org.opencontainers.image.version': '1.4.0' },
      details: undefined,
    },
    evidence: { valid, unusable: [] },
    build: undefined,
    upstream: [{ environment: 'dev', repository: DEV_REPOSITORY, occupancy: [stay(IMAGE, '11:00')] }],
    target: undefined,
    standing: [],
    quarantined: [],
    ticket: undefined,
    tickets: [],
    requestedBy: undefined,
    policyDigest: POLICY,
    ...changes,
  }
}

/** A stretch on 2026-03-01; times as HH:MM. */
export function stay(digest: Digest, since: string, until?: string) {
  const at = (time: string) => `2026-03-01T${time}:00Z`
  const record = digestOf(`${digest} ${since}`)
  return { digest, since: at(since), until: until === undefined ? undefined : at(until), sequence: 1, record }
}
