import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, parseJson } from '../base/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { BuildOutcome } from '../pipeline/index.ts'
import type { World } from './world.ts'

/** The advisory of the story: it and the package it is about are invented. */
export const ADVISORY = 'CVE-2026-4242'
const FLAWED = { name: 'quantities', version: '1.2.0', fixedIn: '1.2.1' }

interface Dependency {
  readonly name: string
  readonly version: string
}

/** An SBOM of each platform: what package.json of the built commit asks for. Returns their files. */
export async function writeSboms(built: BuildOutcome, world: World): Promise<readonly string[]> {
  const packages = await packagesOf(world)
  return Array.fromAsync(built.platforms, ({ platform, digest }) => {
    const [, architecture] = platform.split('/')
    return write(world, `${shortDigest(built.digest)}-${architecture}-sbom.json`, sbomOf(packages, digest))
  })
}

function sbomOf({ service, dependencies }: Packages, digest: string): object {
  const purl = ({ name, version }: Dependency) => `pkg:npm/${name}@${version}`
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: now(),
      tools: { components: [{ type: 'application', name: 'waybill-demo', version: '1' }] },
      component: { type: 'container', name: service.name, version: digest, 'bom-ref': 'image' },
    },
    components: [service, ...dependencies].map((one) => ({
      type: 'library',
      ...one,
      purl: purl(one),
      'bom-ref': purl(one),
      licenses: [{ license: { id: 'Apache-2.0' } }],
    })),
  }
}

/** A report of each platform in the form Trivy writes, with the one advisory there is. Returns their files. */
export async function writeScans(built: BuildOutcome, world: World): Promise<readonly string[]> {
  const { dependencies } = await packagesOf(world)
  const found = dependencies.some(({ name, version }) => name === FLAWED.name && version === FLAWED.version)
  const files: string[] = []
  for (const { platform, digest } of built.platforms) {
    const [os, architecture] = platform.split('/')
    const report = {
      SchemaVersion: 2,
      CreatedAt: now(),
      ArtifactName: `${built.location}@${digest}`,
      ArtifactType: 'container_image',
      Metadata: { RepoDigests: [`${built.location}@${digest}`], ImageConfig: { os, architecture } },
      Results: [
        {
          Target: 'package.json',
          Class: 'lang-pkgs',
          Type: 'node-pkg',
          ...(found && { Vulnerabilities: [finding] }),
        },
      ],
    }
    files.push(await write(world, `${shortDigest(built.digest)}-${architecture}-scan.json`, report))
  }
  return files
}

const finding = {
  VulnerabilityID: ADVISORY,
  PkgName: FLAWED.name,
  InstalledVersion: FLAWED.version,
  FixedVersion: FLAWED.fixedIn,
  Severity: 'HIGH',
  Status: 'fixed',
}

interface Packages {
  readonly service: Dependency
  readonly dependencies: readonly Dependency[]
}

async function packagesOf({ source }: World): Promise<Packages> {
  const file = join(source.directory, 'package.json')
  const read = parseJson(await readFile(file), file)
  const { name, version, dependencies } = isObject(read) ? read : {}
  const listed = isObject(dependencies) ? Object.entries(dependencies) : []
  return {
    service: { name: String(name), version: String(version) },
    dependencies: listed.map(([one, of]): Dependency => ({ name: one, version: String(of) })),
  }
}

async function write(world: World, name: string, document: object): Promise<string> {
  const folder = join(world.directory, 'reports')
  await mkdir(folder, { recursive: true })
  const file = join(folder, name)
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
  return file
}

const now = () => `${new Date().toISOString().slice(0, 19)}Z`
