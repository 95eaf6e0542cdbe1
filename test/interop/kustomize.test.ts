import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deliver, deliverSchema } from '../../src/delivery/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { BareRepository } from '../support/git.ts'
import { noKustomize, renderedImages } from '../support/kustomize.ts'

const OLD = `sha256:${'0'.repeat(64)}`
const NEW = `sha256:${'a'.repeat(64)}` as Digest
const HERE = 'localhost:5000/dev/ordersvc'

const base = {
  'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'base/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: ordersvc }
spec:
  template:
    spec:
      initContainers: [{ name: migrate, image: ordersvc:0.1 }]
      containers:
      - { name: web, image: "ordersvc:1.0@${OLD}" }
      - { name: log, image: "fluent:1" }
`,
}

async function promoted(overlay: string): Promise<readonly string[]> {
  using bare = new BareRepository({
    ...base,
    'overlay/kustomization.yaml': `resources: [../base]\n${overlay}`,
  })
  const target = deliverSchema.parse({ kustomize: { repository: bare.directory, path: 'overlay' } })
  const image = { application: 'ordersvc', repository: parseRepository(HERE), digest: NEW, tag: '1.4.0' }
  const order = { ...image, environment: 'dev', kind: 'promote' as const }
  await deliver(target, order, { directory: '/', env: process.env, now: new Date(0) })
  return renderedImages(bare, 'overlay').flat()
}

describe('kubectl kustomize renders exactly the promoted digest', { skip: noKustomize }, () => {
  const overlays: [name: string, text: string][] = [
    ['a bare entry', 'images:\n- name: ordersvc\n'],
    ['a tag', 'images:\n- name: ordersvc\n  newTag: 1.10 # old\n'],
    ['a tag next to a digest', `images:\n- name: ordersvc\n  newTag: v1\n  digest: ${OLD}\n`],
    ['a tag suffix', 'images:\n- name: ordersvc\n  newTag: v1\n  tagSuffix: -x\n'],
    ['another name with a tag in it', 'images:\n- name: ordersvc\n  newName: old/ordersvc:v9\n'],
    ['flow style', 'images: [{ name: ordersvc, newTag: v1 }, { name: fluent, newTag: "1" }]\n'],
    ['JSON style', 'images: [{"name":"ordersvc","digest":""}]\n'],
    ['CRLF and a comment', 'images:\r\n- name: ordersvc # ours\r\n  newTag: v1\r\n'],
    [
      'unrelated entries around it',
      'images:\n- name: orders\n  newTag: x\n- name: ordersvc\n- name: ordersvc-web\n  newTag: w\n',
    ],
  ]
  for (const [name, text] of overlays)
    it(name, async () => {
      const images = await promoted(text)
      assert.deepEqual([...images].sort(), ['fluent:1', `${HERE}@${NEW}`, `${HERE}@${NEW}`])
    })
})
