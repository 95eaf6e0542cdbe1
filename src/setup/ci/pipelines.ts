import { resolve } from 'node:path'
import { loadConfig } from '../../config/index.ts'
import type { CiInitCommand } from '../ci-answer.ts'
import { ciCheck } from './ci-check.ts'
import { ciInit } from './ci-init.ts'

/** The pipelines of a project, beside its waybill.yaml. @throws CONFIG_MISSING, CONFIG_INVALID, TRUST_INVALID */
export async function pipelines({ cwd, configFile }: { readonly cwd: string; readonly configFile: string }) {
  const config = await loadConfig(resolve(cwd, configFile))
  return {
    init: (order: CiInitCommand) => ciInit(order, config),
    check: (system: CiInitCommand['system'] | undefined) => ciCheck(system, config),
  }
}
