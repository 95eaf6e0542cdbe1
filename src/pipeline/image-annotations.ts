import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isObject, limits, parseJson, timestamp } from '../base/index.ts'
import type { BaseUsed, BuildSpec } from './build-job.ts'
import type { SourceFacts } from './build-job.ts'

/**
 * The annotations every built image carries (image-spec annotations.md). All of them follow from the source and from
 * waybill.yaml, whose own come last and win. `ref.name` is not among them: it is for entries of a layout's index.json.
 */
export async function imageAnnotations(
  spec: BuildSpec,
  source: SourceFacts,
): Promise<Readonly<Record<string, string>>> {
  const licence = await packageLicence(resolve(spec.directory, spec.build.context))
  const own = Object.entries(spec.build.annotations ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    'org.opencontainers.image.created': createdAt(source),
    'org.opencontainers.image.title': spec.application,
    'org.opencontainers.image.url': source.url,
    'org.opencontainers.image.source': source.url,
    'org.opencontainers.image.revision': source.commit,
    ...(source.version && { 'org.opencontainers.image.version': source.version }),
    ...(licence && { 'org.opencontainers.image.licenses': licence }),
    ...Object.fromEntries(own),
  }
}

/** What an image stands on, when that is one image. */
export function baseAnnotations(bases: readonly BaseUsed[]): Readonly<Record<string, string>> {
  const [base, ...more] = bases
  if (!base || more.length > 0) return {}
  return {
    'org.opencontainers.image.base.name': base.name,
    'org.opencontainers.image.base.digest': base.digest,
  }
}

/** RFC 3339: the source's time, never the clock's. */
export function createdAt(source: SourceFacts): string {
  return timestamp(new Date(source.epoch * 1000))
}

/** package.json's licence, when it is an SPDX expression and none of npm's own words. */
async function packageLicence(context: string): Promise<string | undefined> {
  const path = resolve(context, 'package.json')
  const bytes = await readFile(path).catch(() => undefined)
  if (!bytes || bytes.length > limits.configFileBytes) return undefined
  const json = parseJson(bytes, path)
  const licence = isObject(json) ? json.license : undefined
  const isExpression = typeof licence === 'string' && /^[A-Za-z0-9.+() -]{1,200}$/.test(licence)
  return isExpression && !/^(?:UNLICENSED$|SEE LICEN)/.test(licence) ? licence : undefined
}
