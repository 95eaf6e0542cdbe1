import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { gitAddress } from './git-address.ts'
import { gitEnvironment } from './git-command.ts'
import { repositoryPath } from './repository-path.ts'
import { deliverSchema, expandTarget } from './schema.ts'

describe('addresses of repositories', () => {
  const cases: [text: string, location: string, shown: string, credentials?: [string, string]][] = [
    ['../gitops.git', '/srv/gitops.git', '../gitops.git'],
    ['/data/gitops.git', '/data/gitops.git', '/data/gitops.git'],
    ['git@example.com:team/gitops.git', 'git@example.com:team/gitops.git', 'git@example.com:team/gitops.git'],
    ['ssh://git@example.com/gitops.git', 'ssh://git@example.com/gitops.git', 'ssh://example.com/gitops.git'],
    ['https://example.com/gitops.git', 'https://example.com/gitops.git', 'https://example.com/gitops.git'],
    ['https://u:p%40ss@example.com/x', 'https://example.com/x', 'https://example.com/x', ['u', 'p@ss']],
    ['https://token@example.com/x', 'https://example.com/x', 'https://example.com/x', ['token', '']],
  ]
  for (const [text, location, shown, credentials] of cases)
    it(text, () => {
      const expected = credentials && { username: credentials[0], password: credentials[1] }
      const address = gitAddress(text, '/srv/project')
      assert.deepEqual({ ...address }, { location, shown, ...(expected && { credentials: expected }) })
    })
})

describe('paths inside a repository', () => {
  const good = [
    ['a/b', 'a/b'],
    ['./a//b/', 'a/b'],
    ['.', '.'],
    ['./', '.'],
    ['a b/é', 'a b/é'],
    ['..a', '..a'],
  ]
  for (const [text = '', expected] of good) it(text, () => assert.equal(repositoryPath(text), expected))
  for (const text of ['..', 'a/..', 'a/../../b', '/a', 'C:/a', '.git/x', 'a/.GIT', 'a\nb', 'a\\..\\b', '"a'])
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => repositoryPath(text),
        (error) => isFailure(error, deliveryErrors.PATH_ESCAPES),
      ))
})

describe('deliver blocks', () => {
  it('fill their placeholders', () => {
    const target = deliverSchema.parse({
      kustomize: { repository: '../{environment}.git', path: 'e/{environment}/{application}' },
    })
    assert.deepEqual(expandTarget(target, { application: 'ordersvc', environment: 'dev' }), {
      kustomize: { repository: '../dev.git', branch: 'main', path: 'e/dev/ordersvc' },
    })
    assert.throws(
      () => expandTarget(target, { application: 'ordersvc' }),
      (error) => isFailure(error, deliveryErrors.PLACEHOLDER_UNKNOWN),
    )
  })

  const bad: [name: string, value: unknown][] = [
    ['an unknown key', { kustomize: { repository: 'r', path: 'p', force: true } }],
    ['an unknown kind', { rsync: { repository: 'r', path: 'p' } }],
    ['two kinds', { kustomize: { repository: 'r', path: 'p' }, manifests: { repository: 'r', path: 'p' } }],
    ['an option as repository', { kustomize: { repository: '--upload-pack=x', path: 'p' } }],
    ['a branch that is a range', { kustomize: { repository: 'r', path: 'p', branch: 'a..b' } }],
    ['a branch that is an option', { kustomize: { repository: 'r', path: 'p', branch: '-f' } }],
    ['a branch with a refspec', { kustomize: { repository: 'r', path: 'p', branch: 'a:b' } }],
  ]
  for (const [name, value] of bad)
    it(`refuse ${name}`, () => assert.equal(deliverSchema.safeParse(value).success, false))
})

describe('the environment of git', () => {
  it('points at no other repository, prompts for nothing and keeps credentials', () => {
    const given = {
      HOME: '/h',
      GIT_DIR: '/x',
      GIT_TRACE_CURL: '1',
      GIT_ASKPASS: 'a',
      GIT_CONFIG_COUNT: '1',
      LC_ALL: 'de',
    }
    assert.deepEqual(gitEnvironment(given, {}), {
      HOME: '/h',
      GIT_ASKPASS: 'a',
      GIT_CONFIG_COUNT: '1',
      LC_ALL: 'C',
      LANGUAGE: '',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
    })
  })
})
