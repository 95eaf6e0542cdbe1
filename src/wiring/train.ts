import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadConfig, loadTrain } from '../config/index.ts'
import type { Train } from '../config/index.ts'
import { DeliveryQueue } from '../delivery/index.ts'
import { promote, runTrain } from '../promotion/index.ts'
import type { PromoteCommand, TrainAnswer, TrainParts } from '../promotion/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { connect, openImage } from './images.ts'
import { wire } from './parts.ts'
import type { WorkspaceOptions } from './workspace.ts'

export interface TrainQuestion {
  /** Path of train.yaml, relative to `cwd`. */
  readonly file: string
  readonly dryRun: boolean
  /** For promotions that say nothing themselves. */
  readonly reason?: string
  readonly requestedBy?: string
  readonly ticket?: string
}

/**
 * Everything a train file asks for, through one client. waybill.yaml is read when there are promotions, and otherwise
 * only for its registries, where it is.
 * @throws CONFIG_MISSING, CONFIG_INVALID, TRUST_INVALID; what fails in one item is in the answer
 */
export async function openTrain(question: TrainQuestion, options: WorkspaceOptions): Promise<TrainAnswer> {
  const train = await loadTrain(resolve(options.cwd, question.file), question.file)
  const { promotions, client, promote } = await partsFor(train, options)
  const { file: _, dryRun, ...defaults } = question
  const { images, concurrency, stopOnFailure } = train
  const commands = promotions.map((command) => ({ ...defaults, ...command }))
  const parts: TrainParts = {
    onStep: options.onStep,
    signal: options.signal,
    requests: () => client.requests,
    store: (repository) => client.repository(repository),
    openSource: (text) => openImage(text, undefined, client, options.cwd),
    promote,
  }
  try {
    return await runTrain({ promotions: commands, images, concurrency, stopOnFailure, dryRun }, parts)
  } finally {
    await client.close()
  }
}

interface Connected {
  readonly client: RegistryClient
  readonly promotions: readonly PromoteCommand[]
  readonly promote: TrainParts['promote']
}

async function partsFor(train: Train, options: WorkspaceOptions): Promise<Connected> {
  const configFile = resolve(options.cwd, options.configFile)
  if (!train.hasPromotions && !existsSync(configFile)) {
    const nobody = () => Promise.reject(new Error('a train without promotions promotes nothing'))
    return { client: connect(options, new Set()), promotions: [], promote: nobody }
  }
  const config = await loadConfig(configFile)
  const promotions = train.promotions(config)
  const { client, parts } = wire(config, options)
  const delivery = { ...parts.delivery, queue: new DeliveryQueue() }
  return {
    client,
    promotions,
    promote: (command, telling) => promote(command, { ...parts, delivery, ...telling }),
  }
}
