import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silent } from '../../src/base/index.ts'
import type { OnStep } from '../../src/base/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { TrainAnswer } from '../../src/promotion/train-answer.ts'
import { openTrain } from '../../src/wiring/index.ts'
import { putIndex } from './images.ts'
import type { Cleanup } from './registries.ts'
import { openRoad } from './road.ts'
import type { Road, RoadOptions } from './road.ts'

/** `svc-01`, `svc-02`… */
export function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `svc-${String(index + 1).padStart(2, '0')}`)
}

/** Many applications, builds in one registry and `prod` in another; each image must be signed to come into dev. */
export async function manyRoad(
  t: Cleanup,
  apps: readonly string[],
  options: RoadOptions = {},
): Promise<Road> {
  const road = await openRoad(t, {
    layout: 'separate',
    git: false,
    ...options,
    edit: (config) => {
      config.applications = Object.fromEntries(apps.map((name) => [name, {}]))
      const { dev, prod } = config.environments
      const gates = [{ signature: { signers: ['ci-image'] } }]
      config.environments = {
        dev: { ...dev, tags: ['dev'], gates, prove: [] },
        prod: { ...prod, after: 'dev', tags: ['live'], gates: [], prove: [] },
      }
      options.edit?.(config)
    },
  })
  return road
}

/** An image of one application under the tag `built`; its layers are the same in all of them. */
export async function buildOne(road: Road, app: string, signed = true): Promise<Digest> {
  const store = road.client.repository(parseRepository(repositoryOf(road, app, 'dev')))
  const index = await putIndex(
    store,
    { seed: 'base', platforms: ['linux/amd64'], annotations: { app } },
    'built',
  )
  const { digest } = index.descriptor
  if (signed) await road.say(store, digest, 'signature', {}, 'signature')
  return digest
}

export function repositoryOf(road: Road, app: string, environment: string): string {
  return String(road.config.environments[environment]?.repository).replace('{application}', app)
}

/** Writes train.yaml beside waybill.yaml. */
export function writeTrain(road: Road, train: object): void {
  writeFileSync(join(road.directory, 'train.yaml'), JSON.stringify({ version: 1, ...train }))
}

/** Drives the train of a road in this process. */
export function rideTrain(
  road: Road,
  onStep: OnStep = silent,
  signal = new AbortController().signal,
): Promise<TrainAnswer> {
  const { directory: cwd, env } = road
  const clock = { now: () => road.now }
  return openTrain(
    { file: 'train.yaml', dryRun: false },
    { configFile: 'waybill.yaml', cwd, env, onStep, signal, clock },
  )
}
