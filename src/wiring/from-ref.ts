import { fail, printableLine } from '../base/index.ts'
import type { Stop } from '../promotion/index.ts'
import { ciFacts, commitOfRef, releaseRef } from '../tools/index.ts'
import { wiringErrors } from './errors.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** What a branch or tag fills in of a command. */
export interface RefWords {
  readonly version?: string
  readonly commit?: string
}

type Options = Pick<WorkspaceOptions, 'env' | 'signal'> & {
  /** Where git is asked about the branch or tag. */
  readonly directory: string
}

/**
 * A branch or tag → the version and the commit it stands for: what its name says, and else the commit that the CI job
 * or git has it at. `ci`: the branch or tag of the CI job.
 * @throws REF_UNCLEAR when nothing of it is known
 */
export async function wordsOfRef(ref: string, options: Options): Promise<RefWords> {
  const name = ref === 'ci' ? ciRef(options.env) : ref
  const said = releaseRef(name)
  const commit = said.commit ?? (await knownCommit(name, options))
  if (said.version ?? commit) return { ...said, ...(commit && { commit }) }
  throw unclear(
    `"${printableLine(name, 200)}" says no version, and neither git nor a CI job knows its commit.`,
  )
}

/** A tag such as v1.2.0-rc.1 names a candidate; where candidates are counted, the version is what they are of. */
export function versionFor(version: string | undefined, { tags }: Stop): string | undefined {
  const counts = tags.some(({ text }) => text.includes('{n}'))
  return counts ? version?.replace(/-rc\.\d+$/, '') : version
}

/**
 * The words of a release. Its version is what is released; a commit counts only where the name itself has it, because
 * a merge that releases is another commit than the one that was built.
 * @throws REF_UNCLEAR
 */
export async function releaseWords(
  ref: string | undefined,
  version: string | undefined,
  options: Options,
): Promise<{ readonly version: string; readonly commit?: string }> {
  const said = ref === undefined ? {} : releaseRef(ref === 'ci' ? ciRef(options.env) : ref)
  const released = version ?? said.version
  if (released !== undefined) return { ...said, version: released }
  throw unclear(`"${printableLine(ref ?? '', 200)}" says no version to release.`)
}

function ciRef(env: NodeJS.ProcessEnv): string {
  const ref = ciFacts(env)?.ref
  if (ref) return ref
  throw unclear('"ci" is the branch or tag of the CI job, and this is no CI job that names one.')
}

async function knownCommit(name: string, { env, directory, signal }: Options): Promise<string | undefined> {
  const job = ciFacts(env)
  const short = (text: string) => text.replace(/^refs\/(?:heads|tags)\//, '')
  if (job?.ref && job.commit && short(job.ref) === short(name)) return job.commit
  return commitOfRef(directory, name, env, signal)
}

function unclear(message: string) {
  return fail(wiringErrors.REF_UNCLEAR, { message, where: '--ref' })
}
