import type { Sbom, SbomComponent } from '../sbom.ts'
import { identityOf } from './identity.ts'

export interface SbomComparison {
  readonly added: readonly SbomComponent[]
  readonly removed: readonly SbomComponent[]
  /** The same package with another version or licence. */
  readonly changed: readonly { readonly before: SbomComponent; readonly after: SbomComponent }[]
}

/**
 * What differs between two SBOMs, package by package: a purl without version and qualifiers, else type and name. A
 * package that is there in several versions is compared version by version. Sorted by name.
 */
export function compareSboms(before: Sbom, after: Sbom): SbomComparison {
  const old = byIdentity(before)
  const now = byIdentity(after)
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted()
  const parts = names.map((name) => compareVersions(old.get(name) ?? NONE, now.get(name) ?? NONE))
  return {
    added: parts.flatMap((part) => part.added),
    removed: parts.flatMap((part) => part.removed),
    changed: parts.flatMap((part) => part.changed),
  }
}

/** One package's versions, by what would be a change in them. */
type Versions = ReadonlyMap<string, SbomComponent>
const NONE: Versions = new Map()

function byIdentity({ components }: Sbom): ReadonlyMap<string, Versions> {
  const packages = new Map<string, Map<string, SbomComponent>>()
  for (const component of components) {
    const identity = identityOf(component)
    const versions = packages.get(identity) ?? new Map<string, SbomComponent>()
    versions.set(JSON.stringify([component.version, component.licences.toSorted()]), component)
    packages.set(identity, versions)
  }
  return packages
}

function compareVersions(before: Versions, after: Versions): SbomComparison {
  const gone = left(before, after)
  const come = left(after, before)
  const pairs = Math.min(gone.length, come.length)
  return {
    added: come.slice(pairs),
    removed: gone.slice(pairs),
    changed: gone.slice(0, pairs).flatMap((old, at) => {
      const now = come[at]
      return now ? [{ before: old, after: now }] : []
    }),
  }
}

function left(these: Versions, others: Versions): readonly SbomComponent[] {
  const rest = [...these].filter(([key]) => !others.has(key)).map(([, component]) => component)
  return rest.toSorted((a, b) => ((a.version ?? '') < (b.version ?? '') ? -1 : 1))
}
