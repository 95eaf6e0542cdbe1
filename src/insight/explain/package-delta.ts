import type { Sbom, SbomComponent } from '../../attestation/index.ts'
import type { PackageDelta, PackageEntry } from '../../promotion/index.ts'

/** At most this many packages per list; the counts are of all. */
const LISTED = 200

export const NO_PACKAGES: PackageDelta = {
  counts: { added: 0, removed: 0, changed: 0 },
  added: [],
  removed: [],
  changed: [],
}

/** All SBOMs of one image against all of another: platforms together, versions as sets. */
export function packageDelta(before: readonly Sbom[], after: readonly Sbom[]): PackageDelta {
  const [old, now] = [packagesOf(before), packagesOf(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted()
  const entries = names.flatMap((key) => entryOf(old.get(key), now.get(key)))
  const added = entries.filter((entry) => entry.before.length === 0)
  const removed = entries.filter((entry) => entry.after.length === 0)
  const changed = entries.filter((entry) => entry.before.length > 0 && entry.after.length > 0)
  return {
    counts: { added: added.length, removed: removed.length, changed: changed.length },
    added: added.slice(0, LISTED),
    removed: removed.slice(0, LISTED),
    changed: changed.slice(0, LISTED),
  }
}

interface Package {
  readonly name: string
  readonly purl: string | undefined
  readonly versions: Set<string>
}

function packagesOf(boms: readonly Sbom[]): ReadonlyMap<string, Package> {
  const found = new Map<string, Package>()
  for (const component of boms.flatMap((bom) => bom.components)) {
    // Scanners list every file of an image beside its packages.
    if (component.type === 'file') continue
    const key = keyOf(component)
    const known = found.get(key) ?? {
      name: component.name,
      purl: component.purl && unversioned(component.purl),
      versions: new Set(),
    }
    known.versions.add(component.version ?? 'no version')
    found.set(key, known)
  }
  return found
}

function keyOf({ purl, type, name }: SbomComponent): string {
  return purl === undefined ? `${type ?? ''} ${name}` : unversioned(purl)
}

/** `pkg:npm/%40scope/name@1.2?arch=x#sub` → `pkg:npm/%40scope/name` (purl-spec: version after the last `@`). */
export function unversioned(purl: string): string {
  const bare = purl.split(/[?#]/, 1)[0] ?? purl
  const at = bare.lastIndexOf('@')
  return at > bare.lastIndexOf('/') ? bare.slice(0, at) : bare
}

function entryOf(before: Package | undefined, after: Package | undefined): readonly PackageEntry[] {
  const versions = (one: Package | undefined) => [...(one?.versions ?? [])].toSorted()
  const entry = { before: versions(before), after: versions(after) }
  if (entry.before.join('\0') === entry.after.join('\0')) return []
  const { name = '', purl } = after ?? before ?? {}
  return [{ name, ...(purl !== undefined && { purl }), ...entry }]
}
