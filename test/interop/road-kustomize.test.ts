import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Digest } from '../../src/oci/index.ts'
import { noKustomize, renderedImages } from '../support/kustomize.ts'
import { APP, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const ROAD = ['dev', 'staging', 'prod']

const BASE = {
  'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'base/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: ordersvc }
spec:
  template:
    spec:
      containers:
      - { name: web, image: ordersvc }
`,
}

describe('kubectl kustomize renders exactly what was promoted', { skip: noKustomize }, () => {
  it('in each of the three environments, after every promotion and after a rollback', async (t) => {
    const road = await openRoad(t, { layout: 'separate' })
    road.gitops.commit('base', BASE)
    const one = await road.carry('one', { version: '1.4.0' }, 'dev')
    check(road, one)
    for (const to of ['staging', 'prod']) {
      await road.promote(to)
      road.later(1)
      if (to === 'staging') check(road, one, one)
    }
    check(road, one, one, one)

    const two = await road.carry('two', { version: '1.5.0' }, ...ROAD)
    check(road, two, two, two)
    await (await road.open()).rollback({ application: APP, environment: 'prod' })
    check(road, two, two, one)
  })
})

/** The environments' overlays name these digests, in their own repositories, and nothing where there is none yet. */
function check(road: Road, ...digests: readonly Digest[]): void {
  const folders = ROAD.map((name) => `environments/${name}/${APP}`)
  const expected = ROAD.map((name, index) => {
    const digest = digests[index]
    return [digest ? `${road.repository(name)}@${digest}` : `${APP}:none`]
  })
  assert.deepEqual(renderedImages(road.gitops, ...folders), expected)
}
