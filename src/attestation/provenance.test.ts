import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { cpuTime } from '../../test/support/cpu-time.ts'
import { buildFacts, sameSource, WAYBILL_BUILD_TYPE } from './index.ts'
import type { Provenance } from './index.ts'

const COMMIT = 'c'.repeat(40)
const parameters = {
  source: 'https://git.example.com/contoso/ordersvc',
  ref: 'refs/heads/dev',
  event: 'push',
  builder: 'native',
  platforms: ['linux/amd64'],
  dirty: false,
}

function provenanceOf(
  change: object = {},
  externalParameters: Record<string, unknown> = parameters,
): Provenance {
  const uri = 'git+https://git.example.com/contoso/ordersvc@refs/heads/dev'
  const dependency = { uri, digest: { gitCommit: COMMIT }, annotations: { author: 'Ann@Contoso.Example' } }
  return {
    buildDefinition: {
      buildType: WAYBILL_BUILD_TYPE,
      externalParameters,
      resolvedDependencies: [{ uri: 'pkg:oci/base' }, dependency],
      ...change,
    },
    runDetails: { builder: { id: 'https://ci.example.com/runner' } },
  }
}

const other = (uri: string) =>
  provenanceOf(
    { buildType: 'https://example.com/b', resolvedDependencies: [{ uri, digest: { sha1: COMMIT } }] },
    {},
  )

suite('src/attestation/provenance', () => {
  test('reads all facts of its own build type', () => {
    assert.deepEqual(buildFacts(provenanceOf()), {
      source: 'https://git.example.com/contoso/ordersvc',
      commit: COMMIT,
      ref: 'refs/heads/dev',
      branch: 'dev',
      event: 'push',
      builderId: 'https://ci.example.com/runner',
      buildType: WAYBILL_BUILD_TYPE,
      author: 'ann@contoso.example',
      actor: undefined,
      dirty: false,
      isProtected: undefined,
      runner: undefined,
      workflow: undefined,
      invocation: undefined,
      finishedOn: undefined,
      parameters: {
        source: 'https://git.example.com/contoso/ordersvc',
        ref: 'refs/heads/dev',
        event: 'push',
        builder: 'native',
        platforms: '["linux/amd64"]',
        dirty: 'false',
      },
      understood: ['source', 'ref', 'event', 'pullRequest', 'builder', 'platforms', 'dirty'],
      isHearsay: false,
      issuer: undefined,
      vouched: [],
    })
  })

  test('of other build types it knows source and commit, and no event', () => {
    const facts = buildFacts(other('git+https://github.com/org/app@refs/heads/main'))
    assert.equal(facts?.source, 'https://github.com/org/app')
    assert.equal(facts?.commit, COMMIT)
    assert.equal(facts?.event, undefined)
  })

  const uris: readonly (readonly [string, string])[] = [
    ['git+https://host/org/app', 'https://host/org/app'],
    ['git+https://host/org/app@refs/tags/v1', 'https://host/org/app'],
    ['git+https://host/org/app@main', 'https://host/org/app'],
    ['git+ssh://git@host/org/app', 'ssh://git@host/org/app'],
    ['git+ssh://git@host/org/app@refs/heads/a@b', 'ssh://git@host/org/app'],
  ]
  for (const [uri, source] of uris) {
    test(`${uri} is of ${source}`, () => assert.equal(buildFacts(other(uri))?.source, source))
  }

  test('a tag is no branch, whatever it is called', () => {
    const told = (ref: string, event: string) =>
      buildFacts(provenanceOf({}, { ...parameters, ref, event }))?.branch
    assert.equal(told('refs/tags/dev', 'tag'), undefined)
    assert.equal(told('refs/tags/dev', 'push'), undefined)
    assert.equal(told('refs/heads/dev', 'tag'), undefined)
    assert.equal(told('dev', 'tag'), undefined)
    assert.equal(told('refs/heads/release/1', 'push'), 'release/1')
  })

  test('parameters it does not know give no facts at all', () => {
    assert.equal(buildFacts(provenanceOf({}, { ...parameters, skipTests: true })), undefined)
    assert.equal(buildFacts(provenanceOf({}, { ...parameters, event: 'pull_request' })), undefined)
    assert.equal(buildFacts(provenanceOf({}, {})), undefined)
  })

  test('without a commit there are no facts', () => {
    assert.equal(buildFacts(provenanceOf({ resolvedDependencies: [] })), undefined)
  })
})

suite('src/attestation/provenance, sameSource', () => {
  test('takes linear time', () => {
    const started = cpuTime()
    assert.ok(!sameSource(`https://a/${'/'.repeat(500_000)}x`, 'https://a/x'))
    assert.ok(cpuTime() - started < 1_000)
  })

  const one = 'https://git.example.com/contoso/ordersvc'
  const same = [
    `${one}.git`,
    `${one}/`,
    `git+${one}`,
    'https://GIT.example.com/contoso/ordersvc',
    'git@git.example.com:contoso/ordersvc.git',
    'ssh://git@git.example.com/contoso/ordersvc',
  ]
  for (const spelling of same) test(`${spelling} is the same`, () => assert.ok(sameSource(one, spelling)))

  const different = [
    `${one}2`,
    'https://git.example.com/contoso/Ordersvc',
    'https://git.example.com.evil.example/contoso/ordersvc',
    'http://git.example.com/contoso/ordersvc',
    'https://evil.example/git.example.com/contoso/ordersvc',
    '',
  ]
  for (const spelling of different)
    test(`"${spelling}" is another`, () => assert.ok(!sameSource(one, spelling)))
})
