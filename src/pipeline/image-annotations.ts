import { timestamp } from '../base/index.ts'
import type { BaseUsed } from './build-job.ts'
import type { SourceFacts } from './build-job.ts'

/** The annotations every built image carries (image-spec annotations.md). All of them follow from the source. */
export function imageAnnotations(source: SourceFacts, base?: BaseUsed): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.created': createdAt(source),
    'org.opencontainers.image.source': source.url,
    'org.opencontainers.image.revision': source.commit,
    ...(source.version && { 'org.opencontainers.image.version': source.version }),
    ...(base && {
      'org.opencontainers.image.base.name': base.name,
      'org.opencontainers.image.base.digest': base.digest,
    }),
  }
}

/** RFC 3339: the source's time, never the clock's. */
export function createdAt(source: SourceFacts): string {
  return timestamp(new Date(source.epoch * 1000))
}
