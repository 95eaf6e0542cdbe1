import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildSchema, buildTags, isTagOfBuild } from './index.ts'
import type { BuildSpec, BuildTags, SourceFacts } from './index.ts'

const push: SourceFacts = {
  url: 'https://git.example.com/contoso/ordersvc',
  commit: '7e4f9a1c0b2d3e4f5061728394a5b6c7d8e9f001',
  ref: 'refs/heads/dev',
  event: 'push',
  dirty: false,
  epoch: 0,
  version: '1.4.0',
}
const pull: SourceFacts = { ...push, ref: 'refs/pull/101/merge', event: 'pull-request', pullRequest: '101' }
const spec = (...tags: string[]): BuildSpec => ({
  application: 'ordersvc',
  directory: '/nowhere',
  build: buildSchema.parse({ tags }),
})

const cases: readonly [name: string, tags: string[], source: SourceFacts, expected: BuildTags][] = [
  ['a push', [], push, { immutable: ['git-7e4f9a1c'], floating: [] }],
  ['a pull request', [], pull, { immutable: ['git-7e4f9a1c'], floating: ['pr-101'] }],
  [
    'configured tags',
    ['{version}-{commit}', 'edge', 'b-{branch}'],
    { ...push, ref: 'refs/heads/feature/A b' },
    { immutable: ['git-7e4f9a1c', '1.4.0-7e4f9a1c'], floating: ['edge', 'b-feature-A-b'] },
  ],
  [
    'the tags of the guides',
    ['qa-{short}', 'sha-{sha}', 'latest'],
    push,
    {
      immutable: ['git-7e4f9a1c', 'qa-7e4f9a1', 'sha-7e4f9a1c0b2d3e4f5061728394a5b6c7d8e9f001'],
      floating: ['latest'],
    },
  ],
  [
    'placeholders without a value',
    ['pr-{pr}', 'b-{branch}'],
    { ...push, ref: 'HEAD' },
    { immutable: ['git-7e4f9a1c'], floating: [] },
  ],
  [
    'the same tag twice',
    ['git-{commit}', 'git-{commit}'],
    push,
    { immutable: ['git-7e4f9a1c'], floating: [] },
  ],
  [
    'a pull request moves no name that others use, and takes no version',
    ['latest', 'stable-{branch}', '{version}', 'sha-{short}', 'preview-{pr}'],
    { ...pull, version: '1.4.0' },
    { immutable: ['git-7e4f9a1c', 'sha-7e4f9a1'], floating: ['pr-101', 'preview-101'] },
  ],
  [
    'changed files',
    ['edge'],
    { ...pull, dirty: true },
    { immutable: [], floating: ['git-7e4f9a1c-dirty', 'pr-101-dirty'] },
  ],
]

describe('src/pipeline/tags.ts', () => {
  for (const [name, tags, source, expected] of cases)
    it(name, () => assert.deepEqual(buildTags(spec(...tags), source), expected))

  for (const name of [
    'promotions.prod',
    'sha256-0123',
    'sha512-0123.sig',
    'git-deadbeef',
    '1.4.0',
    '1.4.0-rc.1',
  ]) {
    it(`a branch called ${name} moves no tag of that name`, () => {
      const source = { ...push, ref: `refs/heads/${name}` }
      const refused = { code: 'BUILD_INVALID', message: /stands for something else/ }
      assert.throws(() => buildTags(spec('{branch}'), source), refused)
      assert.deepEqual(buildTags(spec('b-{branch}'), source).floating, [`b-${name}`])
    })
  }

  it('a version called like a record chain makes no tag', () => {
    const source = { ...push, version: 'promotions.prod' }
    assert.throws(() => buildTags(spec('{version}'), source), { code: 'BUILD_INVALID' })
    assert.throws(() => buildTags(spec('promotions.dev'), push), { code: 'BUILD_INVALID' })
  })

  it('takes no branch for a commit under a scheme of your own', () => {
    const source = { ...push, ref: 'refs/heads/qa-deadbee' }
    const refused = { code: 'BUILD_INVALID', message: /stands for something else/ }
    assert.throws(() => buildTags(spec('qa-{short}', '{branch}'), source), refused)
    assert.deepEqual(buildTags(spec('{branch}'), source).floating, ['qa-deadbee'])
  })

  it('gives every run a tag of its own, where that is asked for', () => {
    const build = buildSchema.parse({ commitTag: 'unique' })
    const unique = { ...spec(), build, run: '233' }
    assert.deepEqual(buildTags(unique, push).immutable, ['git-7e4f9a1c-233'])
    const { run: _, ...nobody } = unique
    assert.throws(() => buildTags(nobody, push), { code: 'BUILD_INVALID', message: /--run/ })
  })

  for (const [tag, expected] of [
    ['pr-101', true],
    ['pr-101-dirty', true],
    ['git-7e4f9a1c', true],
    ['git-7e4f9a1c-dirty', true],
    ['qa-7e4f9a1', true],
    ['pr-102', false],
    ['pr-1010', false],
    ['git-7e4f9a1d', false],
    ['git-7e4f9a1c-keep', false],
    ['git-7e4f9a1c-233', true],
    ['git-7e4f9a1c-233-2', true],
    ['customer-7e4f9a1c', false],
    ['qax7e4f9a1', false],
    ['dev', false],
    ['1.4.0', false],
  ] as const)
    it(`${tag} is ${expected ? 'a' : 'no'} tag that the build of pull request 101 gave itself`, () =>
      assert.equal(
        isTagOfBuild(tag, spec('qa-{short}', 'dev', '{version}', '{branch}-{commit}'), pull),
        expected,
      ))

  it('refuses an unknown placeholder and a malformed tag', () => {
    assert.throws(() => buildTags(spec('{digest}'), push), { code: 'BUILD_INVALID', message: /\{digest\}/ })
    assert.throws(() => buildTags(spec('a b'), push), { code: 'BUILD_INVALID', message: /"a b"/ })
    assert.throws(() => buildTags(spec('{constructor}'), push), { code: 'BUILD_INVALID' })
  })
})
