import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildSchema } from './index.ts'

const refused: readonly [name: string, build: unknown, path: string][] = [
  ['an unknown key', { dockerFile: 'x' }, ''],
  ['an unknown builder', { builder: 'kaniko' }, 'builder'],
  ['a key of another builder', { builder: 'buildx', base: 'node:24' }, 'base'],
  ['a Dockerfile for the native builder', { dockerfile: 'Dockerfile' }, 'dockerfile'],
  ['a prebuilt layout without its folder', { builder: 'layout' }, 'layout'],
  ['a platform that is none', { platforms: ['amd64'] }, 'platforms.0'],
  ['a platform twice', { platforms: ['linux/amd64', 'linux/amd64'] }, 'platforms'],
  ['no platform', { platforms: [] }, 'platforms'],
  ['a relative target', { target: 'app' }, 'target'],
  ['a variable with =', { environment: { 'A=B': 'x' } }, 'environment.A=B'],
]

describe('src/pipeline/schema.ts', () => {
  it('needs nothing', () => {
    assert.deepEqual(buildSchema.parse({}), {
      builder: 'native',
      context: '.',
      platforms: ['linux/amd64'],
      publish: 'always',
      tags: [],
    })
  })

  it('takes what DESIGN shows', () => {
    const build = {
      builder: 'buildx',
      context: '.',
      dockerfile: 'Dockerfile',
      platforms: ['linux/amd64', 'linux/arm64/v8'],
    }
    assert.equal(buildSchema.parse(build).builder, 'buildx')
  })

  for (const [name, build, path] of refused)
    it(`refuses ${name}`, () => {
      const issues = buildSchema.safeParse(build).error?.issues ?? []
      assert.deepEqual(
        issues.map((issue) => issue.path.join('.')),
        [path],
      )
    })
})
