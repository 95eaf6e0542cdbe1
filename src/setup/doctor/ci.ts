import { ciFacts } from '../../tools/index.ts'
import { isFailure } from '../../base/index.ts'
import type { Config } from '../../config/index.ts'
import { ciCheck } from '../ci/ci-check.ts'
import type { CiFileState } from '../ci-answer.ts'
import type { Finding } from '../doctor-answer.ts'
import { setupErrors } from '../errors.ts'
import type { Patient } from './patient.ts'

/** The pipelines beside waybill.yaml, and the CI job this runs in, when it does. */
export async function examineCi({ env, config }: Patient): Promise<readonly Finding[]> {
  return [...(await pipelineFindings(config)), jobFinding(env)]
}

const SAID: Readonly<Record<Exclude<CiFileState, 'current'>, string>> = {
  stale: 'It is no longer what waybill.yaml asks for.',
  edited: 'It was changed by hand.',
  missing: 'It is missing.',
  leftover: 'waybill.yaml no longer asks for it.',
}

async function pipelineFindings(config: Config): Promise<readonly Finding[]> {
  const files = await ciCheck(undefined, config).then(
    (answer) => answer.files,
    (error: unknown) => {
      if (isFailure(error, setupErrors.ANSWER_MISSING)) return []
      throw error
    },
  )
  return files.map(({ path, system, state }) => {
    const told = { group: 'ci', what: path } as const
    if (state === 'current') return { ...told, result: 'ok', found: `Pipelines of ${system}; current.` }
    return {
      ...told,
      result: 'warning',
      found: SAID[state],
      fix: `Run \`waybill ci init ${system}\`; with --dry-run it shows the difference.`,
    }
  })
}

function jobFinding(env: NodeJS.ProcessEnv): Finding {
  const told = { group: 'ci', what: 'job' } as const
  const job = ciFacts(env)
  if (!job)
    return { ...told, result: 'skipped', found: 'This is no CI job; builds here are of event manual.' }
  const { system, event, commit } = job
  if (commit !== undefined)
    return { ...told, result: 'ok', found: `${system}, event ${event}, commit ${commit.slice(0, 12)}.` }
  return {
    ...told,
    result: 'problem',
    found: `${system} names no commit.`,
    fix: 'Run it in a job that checks the source out.',
  }
}
