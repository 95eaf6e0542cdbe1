import { limits } from '../../base/index.ts'
import type { PromoteCommand } from '../../promotion/commands.ts'
import type { ImageOrder } from '../../promotion/train-answer.ts'
import type { Config } from '../config.ts'
import { readThrough } from '../explain.ts'
import { readText } from '../load.ts'
import { invalid } from '../problems.ts'
import { readYaml } from '../yaml-file.ts'
import { imageOrders } from './images.ts'
import { promoteCommands } from './promotions.ts'
import { trainSchema } from './schema.ts'

/** What train.yaml says. Its promotions mean something only together with a waybill.yaml. */
export interface Train {
  readonly concurrency: number
  readonly stopOnFailure: boolean
  readonly hasPromotions: boolean
  readonly images: readonly ImageOrder[]
  /** One command for each application and environment. @throws CONFIG_INVALID naming what `config` does not have */
  promotions(config: Config): readonly PromoteCommand[]
}

const NEXT = 'Write it, or correct the path; docs/reference/train-yaml.md describes the file.'

/** A train file. @throws CONFIG_MISSING, CONFIG_INVALID (every problem with file, line and column) */
export async function loadTrain(path: string, shown: string): Promise<Train> {
  const yaml = readYaml(await readText(path, shown, NEXT, limits.trainFileBytes), shown)
  const { concurrency, stopOnFailure, promotions, images } = await readThrough(trainSchema, yaml)
  if (promotions.length + images.length === 0)
    throw invalid([yaml.problem([], 'Found nothing to move, expected "promotions" or "images".')])
  return {
    concurrency,
    stopOnFailure,
    hasPromotions: promotions.length > 0,
    images: imageOrders(images, yaml),
    promotions: (config) => promoteCommands(promotions, config, yaml),
  }
}
