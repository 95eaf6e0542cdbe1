import { compareSboms, isPackage } from '../../attestation/index.ts'
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

/** All SBOMs of one image against all of another, its platforms together. */
export function packageDelta(before: readonly Sbom[], after: readonly Sbom[]): PackageDelta {
  const { added, removed, changed } = compareSboms(together(before), together(after))
  return {
    counts: { added: added.length, removed: removed.length, changed: changed.length },
    added: added.slice(0, LISTED).map((component) => entryOf(undefined, component)),
    removed: removed.slice(0, LISTED).map((component) => entryOf(component, undefined)),
    changed: changed.slice(0, LISTED).map((pair) => entryOf(pair.before, pair.after)),
  }
}

function together(boms: readonly Sbom[]): Sbom {
  return {
    format: 'cyclonedx',
    specVersion: '',
    createdOn: undefined,
    tools: [],
    components: boms.flatMap((bom) => bom.components).filter(isPackage),
    about: [],
  }
}

function entryOf(before: SbomComponent | undefined, after: SbomComponent | undefined): PackageEntry {
  const { name = '', purl } = after ?? before ?? {}
  return {
    name,
    ...(purl !== undefined && { purl }),
    ...(before && { before: stateOf(before) }),
    ...(after && { after: stateOf(after) }),
  }
}

function stateOf({ version, licences }: SbomComponent) {
  return { ...(version !== undefined && { version }), licences }
}
