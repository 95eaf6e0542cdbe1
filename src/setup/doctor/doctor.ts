import { isAbsolute, resolve } from 'node:path'
import { silent, WaybillError } from '../../base/index.ts'
import type { Clock, OnStep } from '../../base/index.ts'
import { loadConfig } from '../../config/index.ts'
import type { Config } from '../../config/index.ts'
import { wire } from '../../wiring/index.ts'
import type { DoctorAnswer, DoctorCommand, Finding } from '../doctor-answer.ts'
import { examineCi } from './ci.ts'
import { examineCluster } from './cluster.ts'
import { examineGit } from './git.ts'
import { examineKeys } from './keys.ts'
import { examineMachine } from './machine.ts'
import type { CheckupGroup } from './groups.ts'
import type { Examination } from './patient.ts'
import { examinePolicy } from './policy.ts'
import { examineRegistries } from './registries.ts'
import { examineTools } from './tools.ts'

export interface DoctorWorld {
  readonly configFile: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly onStep: OnStep
}

/** Milliseconds to take back what was written, also after an interrupt. */
const CLEAN_UP = 15_000

/** What can be examined once there is a configuration, in the order it is told. */
const EXAMINATIONS: Readonly<Partial<Record<CheckupGroup, Examination>>> = {
  policy: examinePolicy,
  keys: examineKeys,
  registries: examineRegistries,
  tools: examineTools,
  git: examineGit,
  cluster: examineCluster,
  ci: examineCi,
}

/** Looks at everything the road needs, and says of each flaw what to do. Writes nothing unless asked to. */
export async function doctor(command: DoctorCommand, world: DoctorWorld): Promise<DoctorAnswer> {
  const { cwd, env, signal } = world
  const wanted = (group: CheckupGroup) => command.only === undefined || command.only.includes(group)
  const machine = wanted('machine') ? await examineMachine({ env, signal, directory: cwd }) : []
  const read = await readConfig(world)
  const configuration = wanted('configuration') ? [read.finding] : []
  const rest = read.config ? await examine(read.config, command, world, wanted) : []
  const findings = [...machine, ...configuration, ...rest]
  const has = (result: Finding['result']) => findings.some((finding) => finding.result === result)
  return {
    kind: 'doctor',
    outcome: has('problem') ? 'problems' : has('warning') ? 'warnings' : 'well',
    findings,
  }
}

async function readConfig({ configFile, cwd }: DoctorWorld): Promise<{ finding: Finding; config?: Config }> {
  const told = { group: 'configuration', what: configFile } as const
  try {
    const config = await loadConfig(isAbsolute(configFile) ? configFile : resolve(cwd, configFile))
    const { applications, environments } = config
    const many = applications.size === 1 ? '1 application' : `${applications.size} applications`
    const found = `${many}; ${[...environments.keys()].join(', ')}.`
    return { config, finding: { ...told, result: 'ok', found } }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return { finding: { ...told, result: 'problem', found: error.message, fix: error.next } }
  }
}

async function examine(
  config: Config,
  command: DoctorCommand,
  { cwd, env, signal, clock, onStep, configFile }: DoctorWorld,
  wanted: (group: CheckupGroup) => boolean,
): Promise<readonly Finding[]> {
  // An expired trust policy stops every other command; here it is one finding among others.
  const open = { ...config, trust: { ...config.trust, expires: undefined } }
  const options = { configFile, cwd, env, clock, onStep: silent }
  const wired = wire(open, { ...options, signal })
  const afterwards = () => wire(open, { ...options, signal: AbortSignal.timeout(CLEAN_UP) }).client
  const patient = { config, wired, afterwards, command, env, signal, clock }
  const chosen = (Object.entries(EXAMINATIONS) as [CheckupGroup, Examination][]).filter(([group]) =>
    wanted(group),
  )
  try {
    const found = await Promise.all(
      chosen.map(async ([group, look]) => {
        onStep({ kind: 'step', step: group, state: 'start' })
        const findings = await look(patient)
        onStep({ kind: 'step', step: group, state: 'done' })
        return findings
      }),
    )
    return found.flat()
  } finally {
    await wired.client.close()
  }
}
