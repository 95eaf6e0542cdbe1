import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildSchema } from './index.ts'

const refused: readonly [name: string, build: unknown, path: string][] = [
  ['an unknown key', { dockerFile: 'x' }, ''],
  ['an unknown builder', { builder: 'bazel' }, 'builder'],
  ['a key of another builder', { builder: 'buildx', base: 'node:24' }, 'base'],
  ['a Dockerfile for the native builder', { dockerfile: 'Dockerfile' }, 'dockerfile'],
  ['a prebuilt layout without its folder', { builder: 'layout' }, 'layout'],
  ['a platform that is none', { platforms: ['amd64'] }, 'platforms.0'],
  ['a platform twice', { platforms: ['linux/amd64', 'linux/amd64'] }, 'platforms'],
  ['no platform', { platforms: [] }, 'platforms'],
  ['a relative target', { target: 'app' }, 'target'],
  ['two platforms of kaniko', { builder: 'kaniko', platforms: ['linux/amd64', 'linux/arm64'] }, 'platforms'],
  [
    'a cache of the machine for buildah',
    { builder: 'buildah', cache: { type: 'local', folder: 'c' } },
    'cache',
  ],
  ['a comma in a cache', { builder: 'buildx', cache: { type: 'registry', ref: 'a,mode=x' } }, 'cache.ref'],
  ['attestations of ko', { builder: 'ko', attestations: { sbom: true } }, 'attestations'],
  [
    'annotations of what is adopted',
    { builder: 'layout', layout: 'x', annotations: { a: 'b' } },
    'annotations',
  ],
  ['a build argument with =', { builder: 'buildx', buildArgs: { 'A=B': 'x' } }, 'buildArgs.A=B'],
  [
    "Waybill's own key as a secret",
    { builder: 'buildx', secrets: { a: { env: 'WAYBILL_KEY' } } },
    'secrets.a.env',
  ],
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
      commitTag: 'refuse',
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
