import { identityOf, isPackage } from '../attestation/index.ts'
import type { Sbom, SbomComponent } from '../attestation/index.ts'

/** One package in one version, as all the SBOMs together describe it. */
export interface LicensedPackage {
  readonly name: string
  readonly version: string | undefined
  readonly purl: string | undefined
  /** Without version; see `identityOf`. */
  readonly identity: string
  /** All that any of the SBOMs states. */
  readonly licences: ReadonlySet<string>
}

/** The packages of several SBOMs, each once. Where one SBOM knows no licence, another may. */
export function licensedPackages(sboms: readonly Sbom[]): readonly LicensedPackage[] {
  const packages = new Map<string, LicensedPackage & { readonly licences: Set<string> }>()
  for (const component of sboms.flatMap(({ components }) => components)) {
    if (!isPackage(component)) continue
    const identity = identityOf(component)
    const key = JSON.stringify([identity, component.version])
    const known = packages.get(key) ?? newPackage(component, identity)
    for (const licence of component.licences) known.licences.add(licence)
    packages.set(key, known)
  }
  return [...packages.values()]
}

function newPackage({ name, version, purl }: SbomComponent, identity: string) {
  return { name, version, purl, identity, licences: new Set<string>() }
}
