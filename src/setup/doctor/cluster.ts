import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../base/command.ts'
import type { CommandResult } from '../../base/command.ts'
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
    const options = { env: wired.parts.env, signal, timeout: 20_000, accept: [0, 1] }
    return [{ ...told, ...answerOf(await run(kubectl.path, ask, options)) }]
  } catch (error) {
    if (!isFailure(error)) throw error
    return [{ ...told, ...unreachable(error.message) }]
  }
}

type Answer = Pick<Finding, 'result' | 'found' | 'fix'>

/** kubectl ends with 1 when the cluster says no, and when there was no answer at all; only its words tell. */
function answerOf({ stdout, stderr }: CommandResult): Answer {
  const said = stdout.toString('utf8').trim()
  if (/^yes\b/.test(said)) return { result: 'ok', found: 'The cluster answers, and lets us see its pods.' }
  if (!/^no\b/.test(said)) return unreachable(stderr.trim().split('\n').at(-1) || 'It said nothing.')
  return {
    result: 'warning',
    found: 'The cluster answers, and does not let us see its pods.',
    fix: 'Needed only to look from a pod to its image: allow "list" on pods.',
  }
}

function unreachable(why: string): Answer {
  const fix = 'kubectl config current-context tells which cluster was asked.'
  return { result: 'problem', found: printableLine(why, 300), fix }
}
