import { resolve } from 'node:path'
import { placeOf } from '../config/index.ts'
import type { Application, Config } from '../config/index.ts'
import { runChecks, runTests } from '../pipeline/index.ts'
import type { CheckCommand, CheckOutcome, CheckOutputs, CheckParts } from '../pipeline/index.ts'
import { factOf } from '../promotion/index.ts'
import type { Wired } from './parts.ts'
import { withoutKeys } from './without-keys.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** Looks at the source of one application, or of all of them. */
export function check(command: CheckCommand, wired: Wired, options: WorkspaceOptions): Promise<CheckOutcome> {
  const applications = applicationsOf(command, wired.config)
  return runChecks(applications, command, outputsOf(command, options), partsFor(wired, options))
}

/** Tests it. */
export function test(command: CheckCommand, wired: Wired, options: WorkspaceOptions): Promise<CheckOutcome> {
  const applications = applicationsOf(command, wired.config)
  return runTests(applications, command, outputsOf(command, options), partsFor(wired, options))
}

/** @throws CONFIG_UNKNOWN_NAME */
function applicationsOf({ application }: CheckCommand, config: Config): readonly Application[] {
  if (application === undefined) return [...config.applications.values()]
  const [anywhere = ''] = config.environments.keys()
  return [placeOf(config, application, anywhere).application]
}

function outputsOf({ reports, evidence }: CheckCommand, { cwd }: WorkspaceOptions): CheckOutputs {
  return {
    ...(reports !== undefined && { reports: resolve(cwd, reports) }),
    ...(evidence !== undefined && { evidence: { path: resolve(cwd, evidence), shown: evidence } }),
  }
}

function partsFor({ config, parts }: Wired, { onStep, signal, clock }: WorkspaceOptions): CheckParts {
  return {
    directory: config.directory,
    env: withoutKeys(parts.env),
    tools: config.tools,
    trust: parts.trust,
    signer: (predicateType) => parts.signer(factOf(predicateType)),
    onStep,
    signal,
    clock,
  }
}
