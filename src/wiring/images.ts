import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail, isObject, parseJson } from '../base/index.ts'
import { readVersion } from '../base/version.ts'
import { isDigest, isTag, parseReference } from '../oci/index.ts'
import type { Digest, Repository } from '../oci/index.ts'
import {
  memoryDirectory,
  openLayout,
  registryCredentials,
  RegistryClient,
  RegistryMemory,
} from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { wiringErrors } from './errors.ts'
import { registrySettings } from './registry-settings.ts'
import type { RegistrySettings } from './registry-settings.ts'
import { withoutKeys } from './without-keys.ts'
import type { WorkspaceOptions } from './workspace.ts'

export interface NamedImage {
  readonly store: ImageStore
  readonly name: string
}

const LAYOUT = /^layout:(.+?)(?:@(sha(?:256|512):[0-9a-f]+)|:([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?$/

/** What a client finds in this process. */
interface ClientWorld extends Pick<WorkspaceOptions, 'env' | 'signal'> {
  /** What credential helpers get of the environment. Default: all but keys. */
  readonly programs?: NodeJS.ProcessEnv
}

/** A registry client with the caller's Docker credentials, and the caller's identity in a cloud. */
export function connect(
  { env, signal, programs = withoutKeys(env) }: ClientWorld,
  plainHttp: ReadonlySet<string>,
  serverCopies?: RegistrySettings['serverCopies'],
): RegistryClient {
  return new RegistryClient({
    credentials: registryCredentials(env, programs),
    plainHttp,
    serverCopies,
    signal,
    userAgent: `waybill/${readVersion()}`,
    env,
    memory: new RegistryMemory(memoryDirectory(env)),
  })
}

/** As `connect`, with what a waybill.yaml says of registries. @throws CONFIG_MISSING, CONFIG_INVALID, TRUST_INVALID */
export async function connectBy(
  configFile: string,
  { cwd, env, signal }: Pick<WorkspaceOptions, 'cwd' | 'env' | 'signal'>,
  plainHttp: readonly string[] = [],
): Promise<RegistryClient> {
  const { loadConfig } = await import('../config/index.ts')
  const settings = registrySettings(await loadConfig(resolve(cwd, configFile)))
  return connect({ env, signal }, settings.plainHttp.union(new Set(plainHttp)), settings.serverCopies)
}

/**
 * What a person wrote for an image → its store and its name there. `layout:DIR[@digest|:tag]`, a digest or tag in
 * the home repository, or a full reference.
 * @throws REFERENCE_INVALID, LAYOUT_INVALID, LAYOUT_NAME_REQUIRED
 */
export async function openImage(
  text: string,
  home: Repository | undefined,
  client: RegistryClient,
  cwd: string,
): Promise<NamedImage> {
  const layout = LAYOUT.exec(text)
  if (layout) return openLayoutImage(layout, cwd)
  if (home && (isDigest(text) || isTag(text))) return { store: client.repository(home), name: text }
  const reference = parseReference(text)
  return {
    store: client.repository({ registry: reference.registry, name: reference.name }),
    name: reference.digest ?? reference.tag,
  }
}

async function openLayoutImage(
  [, directory = '', digest, tag]: RegExpExecArray,
  cwd: string,
): Promise<NamedImage> {
  const store = await openLayout(resolve(cwd, directory))
  const name = digest ?? tag
  if (name !== undefined) return { store, name }
  const tags = (await store.tags()).filter((each) => !ATTACHED.test(each))
  const named = await Promise.all(tags.map(async (each) => (await store.head(each))?.digest))
  const digests = new Set(tags.length > 0 ? named : await unnamedImages(store, resolve(cwd, directory)))
  const [only] = digests
  if (digests.size === 1 && only) return { store, name: only }
  throw fail(wiringErrors.LAYOUT_NAME_REQUIRED, {
    message:
      tags.length === 0
        ? `The layout holds ${digests.size} images, none with a tag.`
        : `The layout holds ${tags.join(', ')}.`,
    where: store.location,
  })
}

/** Names of referrer lists and cosign's old attachments, not of images. */
const ATTACHED = /^sha(256|512)-[0-9a-f]{64,}/

/** What index.json lists that is attached to nothing: a copy without a tag is one image and its referrers. */
async function unnamedImages(store: ImageStore, directory: string): Promise<readonly Digest[]> {
  const file = join(directory, 'index.json')
  const index = parseJson(await readFile(file), file)
  const entries = isObject(index) && Array.isArray(index.manifests) ? index.manifests.filter(isObject) : []
  const attached = entries.filter(
    ({ annotations }) => isObject(annotations) && ATTACHED.test(nameIn(annotations)),
  )
  const listed = entries.filter((entry) => !attached.includes(entry)).map(({ digest }) => digest)
  const found = await Promise.all(listed.filter(isDigest).map((digest) => store.manifest(digest)))
  return found.flatMap((stored) => (stored && !stored.manifest.subject ? [stored.descriptor.digest] : []))
}

function nameIn(annotations: Readonly<Record<string, unknown>>): string {
  const name = annotations['org.opencontainers.image.ref.name']
  return typeof name === 'string' ? name : ''
}
