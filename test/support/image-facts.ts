import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOf } from '../../src/oci/index.ts'
import { evaluate, gatesSchema } from '../../src/policy/index.ts'
import type { Facts, ImageDetails } from '../../src/policy/index.ts'
import { AMD64, factsWith } from './policy-facts.ts'

const ARM64 = digestOf('linux/arm64')

export function details(changes: Partial<ImageDetails> = {}): ImageDetails {
  return {
    platform: { os: 'linux', architecture: 'amd64' },
    manifest: AMD64,
    config: digestOf('config'),
    size: 100_000_000,
    layers: [digestOf('layer 1'), digestOf('layer 2')],
    labels: {},
    annotations: {},
    user: undefined,
    created: undefined,
    variables: [],
    entrypoint: [],
    command: [],
    ports: [],
    ...changes,
  }
}

export const arm64 = (changes: Partial<ImageDetails> = {}) =>
  details({ platform: { os: 'linux', architecture: 'arm64' }, manifest: ARM64, ...changes })

/** An image of these platforms. */
export function image(
  all: readonly ImageDetails[],
  annotations: Readonly<Record<string, string>> = {},
): Facts {
  const facts = factsWith([])
  return { ...facts, image: { ...facts.image, platforms: all, details: all, annotations } }
}

export const unread = (facts: Facts): Facts => ({ ...facts, image: { ...facts.image, details: undefined } })

/** What the environment holds now. */
export function after(facts: Facts, all: readonly ImageDetails[] | undefined): Facts {
  const evidence = { valid: [], unusable: [] }
  return {
    ...facts,
    target: { digest: digestOf('before'), since: '2026-02-01T00:00:00Z', evidence, details: all },
  }
}

export type Case = readonly [name: string, options: object, facts: Facts, result: string, reason: RegExp]

export function table(kind: string, cases: readonly Case[]): void {
  describe(`gate ${kind}`, () => {
    for (const [name, options, facts, result, reason] of cases)
      test(name, async () => {
        const [verdict] = (await evaluate(await gatesSchema.parseAsync([{ [kind]: options }]), facts)).gates
        assert.match(verdict?.reason ?? '', reason)
        assert.equal(verdict?.result, result, verdict?.reason)
      })
  })
}

export function refuses(kind: string, given: readonly object[]): void {
  test(`${kind} refuses options that say nothing or nothing sensible`, async () => {
    for (const options of given)
      await assert.rejects(gatesSchema.parseAsync([{ [kind]: options }]), JSON.stringify(options))
  })
}

/** Of two platforms only one could be read. */
export function missingOne(): Facts {
  const facts = image([details(), arm64()])
  return { ...facts, image: { ...facts.image, details: [details()] } }
}
