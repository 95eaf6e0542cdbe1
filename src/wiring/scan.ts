import { resolve } from 'node:path'
import { fail } from '../base/index.ts'
import { resolveImage } from '../assessment/index.ts'
import { placeOf } from '../config/index.ts'
import { formatPlatform } from '../oci/index.ts'
import { asksAnything, examineImage } from '../pipeline/index.ts'
import type { AskedChecks, ScanCommand, ScanOutcome } from '../pipeline/index.ts'
import { claimsTo, examineParts, NO_EVIDENCE, requireChecks } from './examine.ts'
import { wiringErrors } from './errors.ts'
import type { Wired } from './parts.ts'
import type { WorkspaceOptions } from './workspace.ts'

/**
 * Finds out about an image that is there already, and hangs what was found on it. It is looked at anew each time.
 * @throws SCAN_UNCONFIGURED when there is nothing to find out
 */
export async function scan(
  command: ScanCommand,
  wired: Wired,
  options: WorkspaceOptions,
): Promise<ScanOutcome> {
  const { parts } = wired
  const { application, dryRun = false } = command
  const asked = askedOf(command, wired, options)
  await requireChecks(asked, wired, options)
  const { repository } = parts.stop(application, command.environment ?? firstOf(wired))
  const { store, name } = await parts.openImage(command.image, repository)
  const image = await resolveImage(store, name)
  const attach = claimsTo(application, parts, dryRun)
  const checks = await examineImage(asked, image, NO_EVIDENCE, examineParts(wired, options, attach))
  const isNew = checks.some(({ outcome }) => outcome === 'attached')
  return {
    kind: 'scan',
    outcome: dryRun ? 'planned' : isNew ? 'attached' : 'already',
    application,
    repository: store.location,
    digest: image.digest,
    platforms: image.platforms.map(({ platform, manifest }) => ({
      platform: formatPlatform(platform),
      digest: manifest,
    })),
    checks,
  }
}

function firstOf({ config }: Wired): string {
  const all = [...config.environments.values()]
  return (all.find(({ accepts }) => accepts === 'build') ?? all[0])?.name ?? ''
}

/** What the command names; when it names nothing, what the build block does. */
function askedOf(
  { application, with: scanners, sbom, structure }: ScanCommand,
  { config, parts }: Wired,
  { cwd }: WorkspaceOptions,
): AskedChecks {
  const named: AskedChecks = {
    ...(scanners && { scan: [...scanners] }),
    sbom,
    structure: structure === undefined ? undefined : resolve(cwd, structure),
  }
  if (asksAnything(named)) return named
  const { build } = placeOf(config, application, parts.environments()[0] ?? '').application
  const usual: AskedChecks = {
    sbom: build?.sbom,
    scan: build?.scan,
    structure: build?.structure === undefined ? undefined : resolve(config.directory, build.structure),
  }
  if (asksAnything(usual)) return usual
  throw fail(wiringErrors.SCAN_UNCONFIGURED, {
    message: `Neither the command nor the build block of ${application} says what to look for.`,
    where: config.file,
  })
}
