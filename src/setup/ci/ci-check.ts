import { fail } from '../../base/index.ts'
import { readHeader, renderers } from '../../ci/index.ts'
import type { CiSystem } from '../../ci/index.ts'
import type { Config } from '../../config/index.ts'
import type { CiCheckAnswer, CiFileState } from '../ci-answer.ts'
import { setupErrors } from '../errors.ts'
import { lookAt, SET_UP, wantedFiles } from './look.ts'
import type { FileThere } from './look.ts'

/**
 * Are the pipelines what waybill.yaml asks for?
 * @param system undefined: every one of which there are files
 * @throws ANSWER_MISSING when there are none
 */
export async function ciCheck(
  system: CiSystem | undefined,
  config: Config,
  directory = config.directory,
): Promise<CiCheckAnswer> {
  const all = await pipelineFiles(config, directory)
  const files = all.filter((file) => (system === undefined ? file.isBegun : file.system === system))
  if (files.length === 0)
    throw fail(setupErrors.ANSWER_MISSING, {
      message: 'Found no pipelines that Waybill has written.',
      where: directory,
      next: 'Name the CI system, or write them with `waybill ci init SYSTEM`.',
    })
  return {
    kind: 'ci-check',
    outcome: files.every(({ state }) => state === 'current') ? 'current' : 'behind',
    directory,
    files: files.map(({ system: of, path, state }) => ({ system: of, path, state })),
  }
}

interface PipelineFile {
  readonly system: CiSystem
  readonly path: string
  readonly state: CiFileState
  /** There are files of this system that Waybill has written. */
  readonly isBegun: boolean
}

async function pipelineFiles(config: Config, directory: string): Promise<readonly PipelineFile[]> {
  const files: PipelineFile[] = []
  for (const system of Object.keys(renderers) as CiSystem[]) {
    const there = (await lookAt(directory, system, wantedFiles(system, config))).filter(
      (file) => !isOfAnother(file, system),
    )
    const isBegun = there.some(({ found }) => found !== undefined && readHeader(found)?.system === system)
    files.push(...there.map((file) => ({ system, path: file.path, state: stateOf(file), isBegun })))
  }
  return files
}

/** The page about setting up is that of the system which was written last. */
function isOfAnother({ path, found }: FileThere, system: CiSystem): boolean {
  const of = found === undefined ? undefined : readHeader(found)?.system
  return path === SET_UP && of !== undefined && of !== system
}

function stateOf({ wanted, found, isUntouched, isCurrent }: FileThere): CiFileState {
  if (!wanted) return 'leftover'
  if (found === undefined) return 'missing'
  if (isCurrent || (wanted.yields && !isUntouched)) return 'current'
  return isUntouched ? 'stale' : 'edited'
}
