import { WaybillError } from '../../base/index.ts'
import { placeOf } from '../../config/index.ts'
import { tryPush } from '../../delivery/index.ts'
import { deliverOptions } from '../../promotion/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

/** Each git repository that digests are delivered to: may we push there? Nothing is sent. */
export async function examineGit(patient: Patient): Promise<readonly Finding[]> {
  const targets = targetsOf(patient)
  if (targets.length === 0)
    return [{ group: 'git', what: 'deliver', result: 'skipped', found: 'Nothing is delivered to git.' }]
  return Promise.all(targets.map((target) => examineTarget(target, patient)))
}

interface Target {
  readonly repository: string
  readonly branch: string
}

function targetsOf({ config }: Patient): readonly Target[] {
  const [application] = config.applications.keys()
  if (application === undefined) return []
  const all = [...config.environments.keys()].flatMap((name) =>
    placeOf(config, application, name).deliver.flatMap((target) => Object.values<Target>(target)),
  )
  return [...new Map(all.map((one) => [`${one.repository}\n${one.branch}`, one])).values()]
}

async function examineTarget(target: Target, { wired }: Patient): Promise<Finding> {
  const told = { group: 'git', what: shown(target) } as const
  try {
    await tryPush(target, deliverOptions(wired.parts))
    return { ...told, result: 'ok', found: 'Can be read and pushed to.' }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return { ...told, result: 'problem', found: error.message, fix: error.next }
  }
}

/** Without what may be a password in the address. */
function shown({ repository, branch }: Target): string {
  return `${repository.replace(/\/\/[^/]*@/, '//')} ${branch}`
}
