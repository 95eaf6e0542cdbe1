import { ciFacts } from '../../tools/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'

/** The CI job this runs in, when it does. */
export function examineCi({ env }: Patient): Promise<readonly Finding[]> {
  const told = { group: 'ci', what: 'job' } as const
  const job = ciFacts(env)
  if (!job)
    return Promise.resolve([
      { ...told, result: 'skipped', found: 'This is no CI job; builds here are of event manual.' },
    ])
  const { system, event, commit } = job
  return Promise.resolve([
    commit === undefined
      ? {
          ...told,
          result: 'problem',
          found: `${system} names no commit.`,
          fix: 'Run it in a job that checks the source out.',
        }
      : { ...told, result: 'ok', found: `${system}, event ${event}, commit ${commit.slice(0, 12)}.` },
  ])
}
