import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../base/command.ts'
import { isFailure, printableLine } from '../../base/index.ts'
import { findProgram } from '../../tools/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

/** The cluster that kubectl is set to, where there is one: `trace` of a pod begins there. */
export async function examineCluster({ env, config, wired, signal }: Patient): Promise<readonly Finding[]> {
  const told = { group: 'cluster', what: 'kubectl' } as const
  const kubectl = await findProgram(['kubectl'], env, config.directory)
  if (!kubectl)
    return [{ ...told, result: 'skipped', found: 'It is not on the PATH; delivery by git needs none.' }]
  const file = env.KUBECONFIG?.split(':')[0] || join(env.HOME || homedir(), '.kube', 'config')
  if (!(await stat(file).catch(() => undefined)))
    return [{ ...told, result: 'skipped', found: 'It is here; no cluster is set up (no kubeconfig).' }]
  try {
    const ask = ['auth', 'can-i', 'list', 'pods', '--all-namespaces', '--request-timeout=10s']
    const { code } = await run(kubectl.path, ask, {
      env: wired.parts.env,
      signal,
      timeout: 20_000,
      accept: [0, 1],
    })
    return [
      code === 0
        ? { ...told, result: 'ok', found: 'The cluster answers, and lets us see its pods.' }
        : {
            ...told,
            result: 'warning',
            found: 'The cluster answers, and does not let us see its pods.',
            fix: 'Needed only to look from a pod to its image: allow "list" on pods.',
          },
    ]
  } catch (error) {
    if (!isFailure(error)) throw error
    const fix = 'kubectl config current-context tells which cluster was asked.'
    return [{ ...told, result: 'problem', found: printableLine(error.message, 300), fix }]
  }
}
