import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OnStep } from '../base/index.ts'
import { demoHtml } from '../report/index.ts'
import type { DemoStory } from '../report/index.ts'
import {
  badCandidate,
  featureA,
  featureB,
  firstRelease,
  mergeToDev,
  pullRequest,
  releaseWithGates,
  rollbackAndForward,
  toStaging,
} from './chapters.ts'
import { leaveNotes } from './explore.ts'
import { Narrator } from './narrator.ts'
import type { DemoAnswer, OnStory } from './story.ts'
import { tamper } from './tamper.ts'
import { traceFromGit } from './trace-running.ts'
import { buildWorld } from './world.ts'
import type { World } from './world.ts'

export interface DemoOptions {
  /** Absolute; emptied first when an earlier demo made it. */
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly onStory: OnStory
  readonly onStep: OnStep
  readonly signal: AbortSignal
}

/** The ordersvc story on real parts: git, registries, keys, tests. Everything stays on disk to explore. */
export async function runDemo(options: DemoOptions): Promise<DemoAnswer> {
  const world = await buildWorld(options)
  const tell = new Narrator(world, options.onStory, options.signal)
  try {
    return await tellStory(world, tell, options.signal)
  } finally {
    await tell.close()
    await world.close()
  }
}

async function tellStory(world: World, tell: Narrator, signal: AbortSignal): Promise<DemoAnswer> {
  await pullRequest(featureA, world, tell)
  const build233 = await mergeToDev(featureA, 233, world, tell)
  await firstRelease(build233, world, tell)
  await pullRequest(featureB, world, tell)
  const build234 = await mergeToDev(featureB, 234, world, tell)
  await toStaging(build234, '1.4.0', world, tell)
  await releaseWithGates(build234, world, tell)
  await badCandidate(world, tell)
  const rollback = await rollbackAndForward(build234, world, tell)
  const trace = await traceFromGit(world, tell)
  const tampered = await tamper(build234.digest, world, tell, signal)
  const story = { stages: tell.stages, refusals: tell.refusals, rollback, tamper: tampered, trace }
  return finish(story, build234.digest, world)
}

async function finish(story: DemoStory, released: string, world: World): Promise<DemoAnswer> {
  const page = join(world.directory, 'road.html')
  await writeFile(page, demoHtml(story))
  await leaveNotes(world)
  return {
    kind: 'demo',
    stages: story.stages.map(({ stage, tags, environments }) => ({ stage, tags, environments })),
    refusals: story.refusals,
    rollback: story.rollback,
    tamperDetected: story.tamper.found !== '',
    released,
    directory: world.directory,
    page,
  }
}
