import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { predicateTypes } from '../../attestation/index.ts'
import { flawOfGate, gateTable } from '../../../test/support/gate-table.ts'
import { factsWith, provenanceOf, verified } from '../../../test/support/policy-facts.ts'

const SOURCE = 'https://git.example.com/contoso/ordersvc'
const COMMIT = 'c0ffee0123456789c0ffee0123456789c0ffee01'

function github(change: object = {}, external: object = {}) {
  return verified('provenance', {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: { ref: 'refs/heads/dev', repository: SOURCE, path: '.github/workflows/ci.yml' },
        ...external,
      },
      internalParameters: { github: { event_name: 'push', ...change } },
      resolvedDependencies: [{ uri: `git+${SOURCE}@refs/heads/dev`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: 'https://github.example.com/ci' } },
  })
}

function buildkit(uri = `${SOURCE}.git#refs/heads/dev`) {
  return verified(predicateTypes['provenance-v0.2'], {
    builder: { id: '' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    invocation: {
      configSource: { uri, digest: { sha1: COMMIT }, entryPoint: 'Dockerfile' },
      parameters: { frontend: 'dockerfile.v0', args: { 'build-arg:DEBUG': '1' } },
    },
  })
}

const GITHUB = 'https://token.actions.githubusercontent.com'

/** What Waybill says about who vouches for a statement. */
function vouched(statement: ReturnType<typeof verified>, change: object = {}) {
  const facts = ['source', 'commit', 'ref', 'event', 'builder', 'run']
  const about = { verified: true, system: 'github', subject: 's', audience: 'waybill', claims: {} }
  const identity = { ...about, issuer: 'https://git.example.com', facts, ...change }
  const predicate = { ...statement.statement.predicate, 'https://waybill.dev/ci-identity/v1': identity }
  return verified('provenance', predicate)
}

const deny = { unexpectedParameters: 'deny' }
const workflow = { parameters: { 'workflow.path': '.github/workflows/*.yml' } }

gateTable('provenance', {
  'verified identity': {
    gate: { provenance: { event: 'push', branches: ['dev'], identity: 'verified' } },
    facts: factsWith([vouched(github())]),
    result: 'pass',
    reason: /by push, verified\.$/,
  },
  'an identity that is only claimed': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([github()]),
    result: 'fail',
    reason: /only claimed: no token/,
  },
  'verified: false is a claim': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([vouched(github(), { verified: false })]),
    result: 'fail',
    reason: /only claimed/,
  },
  'a claim beside a verified account of the same': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([
      verified('provenance', provenanceOf()),
      vouched(verified('provenance', provenanceOf())),
    ]),
    result: 'pass',
    reason: /verified\.$/,
  },
  'a claim that says something else than the verified account': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([
      verified('provenance', provenanceOf({ ref: 'refs/heads/main' })),
      vouched(verified('provenance', provenanceOf())),
    ]),
    result: 'fail',
    reason: /disagree/,
  },
  'an issuer that is not known to speak for the source': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([vouched(github(), { issuer: 'https://evil.example' })]),
    result: 'fail',
    reason: /not known to speak for/,
  },
  'GitHub speaks for GitHub only': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([vouched(github(), { issuer: GITHUB })]),
    result: 'fail',
    reason: /not known to speak for/,
  },
  'issuers that are named': {
    gate: { provenance: { identity: { issuers: ['https://login.example', GITHUB] } } },
    facts: factsWith([vouched(github(), { issuer: GITHUB })]),
    result: 'pass',
    reason: /verified\.$/,
  },
  'another issuer than those named': {
    gate: { provenance: { identity: { issuers: [GITHUB] } } },
    facts: factsWith([vouched(github())]),
    result: 'fail',
    reason: /is of "https:\/\/git\.example\.com", required: https:\/\/token/,
  },
  'a token that does not vouch for the ref': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([vouched(github(), { facts: ['source', 'commit', 'event'] })]),
    result: 'fail',
    reason: /does not vouch for ref\./,
  },
  'nor for the event, when one is asked for': {
    gate: { provenance: { identity: 'verified', event: 'push' } },
    facts: factsWith([vouched(github(), { facts: ['source', 'commit', 'ref'] })]),
    result: 'fail',
    reason: /does not vouch for event\./,
  },
  'the event may be a claim when none is asked for': {
    gate: { provenance: { identity: 'verified' } },
    facts: factsWith([vouched(github(), { facts: ['source', 'commit', 'ref'] })]),
    result: 'pass',
    reason: /verified\.$/,
  },
  'of GitHub': {
    gate: { provenance: { event: 'push', branches: ['dev'], builders: ['https://github.example.com/ci'] } },
    facts: factsWith([github()]),
    result: 'pass',
    reason: /^Built from commit c0ffee0\S* on "dev" of .* by push\.$/,
  },
  'a pull request of GitHub, whatever is allowed': {
    gate: { provenance: { event: ['push', 'unknown'] } },
    facts: factsWith([github({ event_name: 'pull_request' })]),
    result: 'fail',
    reason: /never promotable/,
  },
  'of BuildKit, signed: no event': {
    gate: { provenance: {} },
    facts: factsWith([buildkit()]),
    result: 'fail',
    reason: /does not say which event/,
  },
  'of BuildKit, where an unknown event is accepted': {
    gate: { provenance: { event: ['unknown'], branches: ['dev'] } },
    facts: factsWith([buildkit()]),
    result: 'pass',
    reason: /on "dev" of .* by an unknown event\.$/,
  },
  'of BuildKit: the ref tells a pull request all the same': {
    gate: { provenance: { event: ['unknown'] } },
    facts: factsWith([buildkit(`${SOURCE}.git#refs/pull/3/merge`)]),
    result: 'fail',
    reason: /pull request/,
  },
  'what one leaves open another fills': {
    gate: { provenance: { event: 'push', branches: ['dev'] } },
    facts: factsWith([buildkit(), verified('provenance', provenanceOf())]),
    result: 'pass',
    reason: /by push/,
  },
  'two builders that name different commits': {
    gate: { provenance: {} },
    facts: factsWith([
      buildkit(),
      verified('provenance', {
        ...provenanceOf(),
        buildDefinition: {
          ...provenanceOf().buildDefinition,
          resolvedDependencies: [{ uri: `git+${SOURCE}`, digest: { gitCommit: 'd'.repeat(40) } }],
        },
      }),
    ]),
    result: 'fail',
    reason: /disagree about the commit/,
  },
  'a dirty tree is dirty, whoever says so': {
    gate: { provenance: {} },
    facts: factsWith([github(), verified('provenance', provenanceOf({ dirty: true }))]),
    result: 'fail',
    reason: /uncommitted/,
  },
  'every builder must be the right one': {
    gate: { provenance: { builders: ['https://ci.example.com/runner'] } },
    facts: factsWith([github(), verified('provenance', provenanceOf())]),
    result: 'fail',
    reason: /Built by "https:\/\/github.example.com\/ci", required/,
  },
  'another build type': {
    gate: { provenance: { buildTypes: ['https://waybill.dev/build/v1'] } },
    facts: factsWith([github()]),
    result: 'fail',
    reason: /Of the build type "https:\/\/actions/,
  },
  'protected, by the token': {
    gate: { provenance: { protectedBranch: true } },
    facts: factsWith([github({ ref_protected: true })]),
    result: 'pass',
    reason: /push/,
  },
  'not protected': {
    gate: { provenance: { protectedBranch: true } },
    facts: factsWith([github({ ref_protected: 'false' })]),
    result: 'fail',
    reason: /not protected/,
  },
  'nobody knows whether it is protected': {
    gate: { provenance: { protectedBranch: true } },
    facts: factsWith([github()]),
    result: 'error',
    reason: /not known whether the branch is protected/,
  },
  'a parameter as required': {
    gate: { provenance: workflow },
    facts: factsWith([github()]),
    result: 'pass',
    reason: /push/,
  },
  'a parameter with another value': {
    gate: { provenance: { parameters: { 'workflow.path': '.github/workflows/release.yml' } } },
    facts: factsWith([github()]),
    result: 'fail',
    reason: /parameter "workflow.path" is "\.github\/workflows\/ci\.yml", required/,
  },
  'a parameter that is not stated': {
    gate: { provenance: { parameters: { 'inputs.environment': 'prod' } } },
    facts: factsWith([github()]),
    result: 'fail',
    reason: /"inputs.environment" is not stated/,
  },
  'a name that every object has': {
    gate: { provenance: { parameters: { constructor: '**' } } },
    facts: factsWith([github()]),
    result: 'fail',
    reason: /not stated/,
  },
  'an unexpected parameter': {
    gate: { provenance: { ...workflow, ...deny } },
    facts: factsWith([github({}, { inputs: { debug: 'true' } })]),
    result: 'fail',
    reason: /1 unexpected parameter, the first is "inputs.debug"/,
  },
  'none but those the type is read by': {
    gate: { provenance: { ...deny } },
    facts: factsWith([github()]),
    result: 'pass',
    reason: /push/,
  },
  'one that is named as harmless': {
    gate: { provenance: { ...deny, otherParameters: ['inputs.*'] } },
    facts: factsWith([github({}, { inputs: { debug: 'true' } })]),
    result: 'pass',
    reason: /push/,
  },
  'build arguments of BuildKit are parameters': {
    gate: { provenance: { event: 'unknown', ...deny } },
    facts: factsWith([buildkit()]),
    result: 'fail',
    reason: /"request.args.build-arg:DEBUG"/,
  },
  'contradicting itself it cannot be read': {
    gate: { provenance: {} },
    facts: factsWith([github({}, { workflow: { ref: 'refs/heads/main', repository: SOURCE, path: 'x' } })]),
    result: 'error',
    reason: /1 signed provenance statement cannot be read/,
  },
})

describe('provenance, as it is written', () => {
  for (const [provenance, message] of [
    [{ event: 'pull-request' }, /./],
    [{ parameters: { a: 1 } }, /./],
    [{ unexpectedParameters: true }, /./],
    [{ protectedBranches: true }, /protectedBranches/],
  ] as const)
    test(JSON.stringify(provenance), async () => assert.match(await flawOfGate({ provenance }), message))
})
