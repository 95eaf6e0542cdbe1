import type { SbomComponent } from '../sbom.ts'
import { readPurl } from './purl.ts'

/**
 * Which package a component is, whatever its version: its purl without version and qualifiers (they name the
 * distribution's release and the architecture), else type and name.
 */
export function identityOf({ purl, type, name }: SbomComponent): string {
  const read = purl === undefined ? undefined : readPurl(purl)
  if (!read) return `${type ?? 'library'} ${name}`
  const path = [read.type, read.namespace, read.name].filter((part) => part !== '').join('/')
  return `pkg:${path}${read.subpath && `#${read.subpath}`}`
}

/**
 * False for headings: the operating system, and what has neither purl nor version nor a library's type (a lock file
 * as Trivy lists it). Licences, suppliers and the like are asked of packages only.
 */
export function isPackage({ type, purl, version }: SbomComponent): boolean {
  if (purl !== undefined) return true
  if (type === 'operating-system') return false
  return version !== undefined || type === undefined || type === 'library' || type === 'framework'
}
