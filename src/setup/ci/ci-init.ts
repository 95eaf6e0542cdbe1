import { fail } from '../../base/index.ts'
import type { CiFile } from '../../ci/index.ts'
import type { Config } from '../../config/index.ts'
import type { CiFileChange, CiInitAnswer, CiInitCommand } from '../ci-answer.ts'
import { setupErrors } from '../errors.ts'
import { unifiedDiff } from './diff.ts'
import { lookAt, wantedFiles } from './look.ts'
import type { FileThere } from './look.ts'
import { removeFile, replaceFile } from './replace-file.ts'

interface Planned extends FileThere {
  readonly change: CiFileChange
}

/**
 * Writes the pipelines of a CI system. Everything is looked at before the first file is written; each file appears
 * whole; what was changed by hand stops it all. Run again after a crash, it writes what is missing.
 * @param directory absolute: where the repository's files are
 * @throws FILE_CHANGED
 */
export async function ciInit(
  { system, force = false, dryRun = false }: CiInitCommand,
  config: Config,
  directory = config.directory,
): Promise<CiInitAnswer> {
  const plan = await planOf(system, config, directory, force)
  const isCurrent = plan.every(({ change }) => change === 'kept')
  if (!dryRun) for (const file of plan) await carryOut(directory, file)
  return {
    kind: 'ci-init',
    outcome: isCurrent ? 'current' : dryRun ? 'planned' : 'written',
    system,
    directory,
    files: plan.map(({ path, change, found, wanted }) => ({
      path,
      change,
      ...(dryRun && change !== 'kept' && { diff: unifiedDiff(path, found, wanted?.text) }),
    })),
  }
}

/** @throws FILE_CHANGED when a file is not as Waybill left it and may not be overwritten */
async function planOf(
  system: CiInitCommand['system'],
  config: Config,
  directory: string,
  force: boolean,
): Promise<readonly Planned[]> {
  const files = await lookAt(directory, system, wantedFiles(system, config))
  const edited = force ? [] : files.filter(isInTheWay)
  if (edited.length > 0)
    throw fail(setupErrors.FILE_CHANGED, {
      message: `${edited.map(({ path }) => path).join(', ')}: not as Waybill left ${edited.length > 1 ? 'them' : 'it'}. Nothing was written.`,
      where: directory,
      next: 'Look at the difference with --dry-run --force; move your changes into waybill.yaml or a file of your own, or overwrite with --force.',
    })
  return files.flatMap((file) => (isOwn(file) && !force ? [] : [{ ...file, change: changeOf(file) }]))
}

/** A leftover that somebody changed is theirs now. */
function isOwn({ wanted, isUntouched }: FileThere): boolean {
  return wanted === undefined && !isUntouched
}

function isInTheWay({ wanted, found, isUntouched, isCurrent }: FileThere): boolean {
  return wanted !== undefined && !wanted.yields && found !== undefined && !isCurrent && !isUntouched
}

function changeOf({ wanted, found, isCurrent, isUntouched }: FileThere): CiFileChange {
  if (!wanted) return 'removed'
  if (found === undefined) return 'created'
  return isCurrent || (wanted.yields && !isUntouched) ? 'kept' : 'changed'
}

async function carryOut(directory: string, { path, change, wanted, found }: Planned): Promise<void> {
  if (change === 'removed') await removeFile(directory, path, found)
  else if (change !== 'kept') await replaceFile(directory, wanted as CiFile, found)
}
