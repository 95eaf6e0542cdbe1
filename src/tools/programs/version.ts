import semver from 'semver'
import { fail, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { Digest } from '../../oci/index.ts'
import type { ProgramSettings } from '../schema.ts'
import type { Program } from './program.ts'

/**
 * Stops what must not run: versions known to be bad, what may be one of them and does not say, and those that the
 * configuration does not want.
 * @throws TOOL_REFUSED
 */
export function checkVersion(
  program: Program,
  { version, digest }: { readonly version: string | undefined; readonly digest: Digest },
  settings: ProgramSettings,
): void {
  const found = version === undefined ? null : semver.coerce(version, { includePrerelease: true })
  const bad = program.refused.find(
    ({ range }) => found && semver.satisfies(found, range, { includePrerelease: true }),
  )
  if (bad) throw refused(program, version, bad.why)
  if (!found && program.refused.length > 0 && !isPinned(settings))
    throw refused(
      program,
      version,
      'Some of its versions must not run, and it does not say which it is.',
      `If you know where it comes from, pin it in waybill.yaml: tools: { ${program.name}: { digest: "${digest}" } }. Or install a release, which knows its version.`,
    )
  if (settings.version === undefined) return
  if (!found)
    throw refused(
      program,
      version,
      `It does not say its version; expected ${settings.version}. Pin its digest instead.`,
    )
  if (!semver.satisfies(found, settings.version, { includePrerelease: true }))
    throw refused(program, version, `Expected ${settings.version}, as tools.${program.name}.version says.`)
}

/** Somebody has looked at just these bytes. */
function isPinned({ digest, image }: ProgramSettings): boolean {
  return digest !== undefined || image !== undefined
}

function refused({ name }: Program, version: string | undefined, why: string, next?: string) {
  return fail(toolsErrors.TOOL_REFUSED, {
    message: `Found ${name} ${printableLine(version ?? 'of unknown version', 60)}. ${why}`,
    where: name,
    ...(next !== undefined && { next }),
  })
}
