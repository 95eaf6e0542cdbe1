import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, parseDuration, printableLine, WaybillError } from '../base/index.ts'
import { run } from '../base/command.ts'
import { rememberingReader, resolveImage } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import { rescan, standingImages } from '../insight/index.ts'
import type { RescanAnswer, StandingImage } from '../insight/index.ts'
import { formatPlatform, formatRepository } from '../oci/index.ts'
import { examineImage } from '../pipeline/index.ts'
import { attestReports, promotionErrors } from '../promotion/index.ts'
import type { Parts, ReadClaim } from '../promotion/index.ts'
import { wiringErrors } from './errors.ts'
import { claimsTo, examineParts, NO_EVIDENCE } from './examine.ts'
import type { Wired } from './parts.ts'
import { reportReader } from './read-reports.ts'
import { withoutKeys } from './without-keys.ts'
import type { RescanOrder, WorkspaceOptions } from './workspace.ts'

type Imported = RescanAnswer['imported']

/** Scans anew what stands, where that is asked for, and judges all of it by today's policy. @throws TIME_INVALID */
export async function rescanAll(
  order: RescanOrder,
  wired: Wired,
  options: WorkspaceOptions,
): Promise<RescanAnswer> {
  const { config, parts } = wired
  const warnWithin = lengthOf(order.warnWithin ?? '14d')
  const { application, environment } = order
  const applications = application === undefined ? [...config.applications.keys()] : [application]
  const environments = environment === undefined ? parts.environments() : [environment]
  const stops = applications.flatMap((name) => environments.map((place) => parts.stop(name, place)))
  const standing = await standingImages(stops, rememberingReader(), parts)
  const problems = new Map<StandingImage, WaybillError>()
  const imported: Imported[number][] = []
  for (const file of order.reports ?? [])
    imported.push(...(await importReport(file, standing.images, order, parts, options)))
  const isScanned = order.scan !== undefined || order.with !== undefined
  for (const image of isScanned ? standing.images : []) {
    try {
      if (order.scan !== undefined)
        imported.push(...(await scanned(order.scan, image, order, parts, options)))
      if (order.with) imported.push(...(await examined(order.with, image, order, wired, options)))
    } catch (error) {
      if (!(error instanceof WaybillError)) throw error
      problems.set(image, error)
    }
  }
  // What was attached just now is read with the rest: chains are as they were, evidence is not.
  return rescan({ standing, warnWithin, imported, problems }, rememberingReader(), parts)
}

/** A report goes to the image that it says it is about. @throws REPORT_SUBJECT when that is none of those looked at */
async function importReport(
  file: string,
  images: readonly StandingImage[],
  order: RescanOrder,
  parts: Parts,
  options: WorkspaceOptions,
): Promise<Imported> {
  const claims = await reportReader(options, parts)({ kind: 'files', files: [file] })
  const resolved = await Promise.all(images.map((image) => resolvedAt(image, parts)))
  const meant = images.filter((_, index) => claims.every((claim) => isAbout(claim, resolved[index])))
  if (meant.length === 0 || new Set(meant.map(({ record }) => record.digest)).size > 1)
    throw fail(promotionErrors.REPORT_SUBJECT, {
      message: `The report is about ${meant.length === 0 ? 'none' : 'several'} of the ${images.length} images looked at, or does not say which.`,
      where: file,
      next: 'Scan by digest, so that the report names it; or look at one application and environment only.',
    })
  const told = await Promise.all(
    distinctPlaces(meant).map((image) => attach(image, claims, undefined, order, parts)),
  )
  return told.flat()
}

async function resolvedAt({ stop, record }: StandingImage, parts: Parts): Promise<ResolvedImage | undefined> {
  const store = parts.store(stop.repository)
  return (await store.head(record.digest)) && resolveImage(store, record.digest)
}

// A report that names nothing is about whatever it is given for; with several images that is none.
function isAbout({ about }: ReadClaim, image: ResolvedImage | undefined): boolean {
  if (!image) return false
  const graph = [image.digest, ...image.platforms.flatMap(({ manifest, config }) => [manifest, config])]
  return about.length === 0 || about.some((digest) => graph.includes(digest))
}

/** Environments may share a repository; the same digest there is told once. */
function distinctPlaces(images: readonly StandingImage[]): readonly StandingImage[] {
  const key = ({ stop, record }: StandingImage) => `${formatRepository(stop.repository)}@${record.digest}`
  return [...new Map(images.map((image) => [key(image), image])).values()]
}

async function attach(
  { stop, record }: StandingImage,
  claims: readonly ReadClaim[],
  platform: string | undefined,
  { dryRun }: RescanOrder,
  parts: Parts,
): Promise<Imported> {
  const { application, environment } = stop
  const reports = { kind: 'files' as const, files: [] }
  const { attestations } = await attestReports(
    {
      application,
      environment,
      image: record.digest,
      reports,
      ...(platform !== undefined && { platform }),
      ...(dryRun && { dryRun }),
    },
    () => Promise.resolve(claims),
    parts,
  )
  return attestations.map(({ digest, summary, outcome }) => ({ digest, summary, outcome }))
}

/** Runs the scanner for every platform by its digest, so that its report can be about nothing else. */
async function scanned(
  template: string,
  image: StandingImage,
  order: RescanOrder,
  parts: Parts,
  options: WorkspaceOptions,
): Promise<Imported> {
  const { stop, record } = image
  const { platforms } = await resolveImage(parts.store(stop.repository), record.digest)
  const directory = await mkdtemp(join(tmpdir(), 'waybill-rescan-'))
  try {
    const imported: Imported[number][] = []
    for (const [index, { platform, manifest }] of platforms.entries()) {
      const output = join(directory, `report-${index}`)
      const reference = `${formatRepository(stop.repository)}@${manifest}`
      await runScanner(template, { reference, output, platform: formatPlatform(platform) }, parts)
      const claims = await reportReader(options, parts)({ kind: 'files', files: [output] })
      imported.push(...(await attach(image, claims, formatPlatform(platform), order, parts)))
    }
    return imported
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Looks at every platform with these scanners, as `waybill scan` does. */
async function examined(
  scanners: NonNullable<RescanOrder['with']>,
  { stop, record }: StandingImage,
  { dryRun = false }: RescanOrder,
  wired: Wired,
  options: WorkspaceOptions,
): Promise<Imported> {
  const { parts } = wired
  const image = await resolveImage(parts.store(stop.repository), record.digest)
  const attach = claimsTo(stop.application, parts, dryRun)
  const asked = { scan: [...scanners] }
  const checks = await examineImage(asked, image, NO_EVIDENCE, examineParts(wired, options, attach))
  return checks.map(({ summary, outcome }) => ({ digest: record.digest, summary, outcome }))
}

const SCAN_MINUTES = 30

/** Without a shell, and without anything that could sign. @throws COMMAND_FAILED, SCAN_INVALID */
async function runScanner(
  template: string,
  values: Readonly<Record<string, string>>,
  { env, directory, signal }: Parts,
): Promise<void> {
  const words = template.match(/'[^']*'|"[^"]*"|\S+/g) ?? []
  const filled = words.map((word) =>
    word
      .replaceAll(/^['"]|['"]$/g, '')
      .replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  )
  const [program, ...args] = filled
  const isWhole = ['{reference}', '{output}'].every((part) => template.includes(part))
  if (program === undefined || !isWhole)
    throw fail(wiringErrors.SCAN_INVALID, {
      message: `Found "${printableLine(template)}", expected a command with {reference} and {output}.`,
    })
  await run(program, args, { cwd: directory, env: withoutKeys(env), signal, timeout: SCAN_MINUTES * 60_000 })
}

function lengthOf(text: string): number {
  const length = parseDuration(text)
  if (length !== undefined) return length
  throw fail(promotionErrors.TIME_INVALID, {
    message: `Found "${printableLine(text, 80)}", expected a length of time such as 14d.`,
  })
}
