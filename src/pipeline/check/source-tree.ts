import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { fail, isFailure } from '../../base/index.ts'
import { gitFacts, sourceUrl, toolsErrors } from '../../tools/index.ts'
import { pipelineErrors } from '../errors.ts'
import type { CheckParts } from './check-parts.ts'

/** The source that is looked at. */
export interface SourceTree {
  /** Absolute, links followed. */
  readonly directory: string
  /** In full; undefined outside git. */
  readonly commit: string | undefined
  readonly dirty: boolean
  /** https address of its repository, when somebody knows it. */
  readonly url: string | undefined
}

/** @param source address of the repository as waybill.yaml has it, when git knows none */
export async function sourceTree(
  source: string | undefined,
  { directory, env, signal }: Pick<CheckParts, 'directory' | 'env' | 'signal'>,
): Promise<SourceTree> {
  const root = await realpath(directory)
  const stated = source && (sourceUrl(source) ?? source)
  try {
    const { commit, dirty, remote } = await gitFacts(root, env, signal)
    return { directory: root, commit, dirty, url: remote ?? stated }
  } catch (error) {
    if (!isFailure(error, toolsErrors.SOURCE_UNREADABLE)) throw error
    return { directory: root, commit: undefined, dirty: false, url: stated }
  }
}

/** A commit that evidence may be about: what is looked at is exactly it. */
export interface CleanSource {
  readonly url: string
  readonly commit: string
}

/** @throws SOURCE_DIRTY, SOURCE_UNKNOWN */
export function cleanSource({ commit, dirty, url, directory: where }: SourceTree): CleanSource {
  if (commit === undefined || url === undefined)
    throw fail(pipelineErrors.SOURCE_UNKNOWN, {
      message: `Found no ${commit === undefined ? 'commit' : 'address of the repository'} that evidence could be about.`,
      where,
    })
  if (dirty)
    throw fail(pipelineErrors.SOURCE_DIRTY, {
      message: `What is here is not what the commit ${commit.slice(0, 12)} has.`,
      where,
    })
  return { url, commit }
}

/** A folder or file of the configuration, which no link may lead out of the tree. @throws CONTEXT_ESCAPE, CONTEXT_UNUSABLE */
export async function within(root: string, path: string): Promise<string> {
  const where = resolve(root, path)
  const real = await realpath(where).catch(() => undefined)
  if (real === undefined)
    throw fail(pipelineErrors.CONTEXT_UNUSABLE, {
      message: 'Found nothing there to look at.',
      where,
      next: 'Correct the path in waybill.yaml.',
    })
  if (real === root || real.startsWith(root + sep)) return real
  throw fail(pipelineErrors.CONTEXT_ESCAPE, {
    message: 'It leads out of the folder of waybill.yaml.',
    where,
    next: 'Look at what is in the tree; put waybill.yaml at its top.',
  })
}
