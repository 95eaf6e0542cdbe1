import { bytes, noise, Pusher } from './push.ts'
import type { Content, Descriptor } from './push.ts'

/** Images in the source registry, each as `repository@digest`. */
export interface Images {
  /** 1 index, 5 platforms, 27 distinct blobs of 64 KiB. */
  readonly index: string
  /** The same shape, other content, and 7 referrers. */
  readonly referred: string
  /** One layer of `hugeBytes`. */
  readonly huge: string
  /** 10 layers of 10 MiB. */
  readonly layers: string
  /** 2 platforms with 5 layers of 5 MB each. */
  readonly platforms: string
  /** Small images of one layer, each in a repository of its own. */
  readonly tiny: readonly string[]
}

export interface ImageSizes {
  readonly hugeBytes: number
  readonly tinyImages: number
}

const KIB = 1024
const OCI = 'application/vnd.oci.image'
const LAYER = `${OCI}.layer.v1.tar+gzip`

/** Pushes what the cases copy. Only those that are wanted: `undefined` for the others. */
export async function pushImages(
  address: string,
  sizes: ImageSizes,
  wanted: ReadonlySet<keyof Images>,
): Promise<Partial<Images>> {
  const five = ['amd64', 'arm64', 's390x', 'ppc64le', 'riscv64']
  const small = (count: number) => Array.from({ length: count }, () => 64 * KIB)
  const reference = five.map((architecture, place) => ({ architecture, layers: small(place < 2 ? 5 : 4) }))
  const one = (layers: readonly number[]) => [{ architecture: 'amd64', layers }]
  const push = async (image: keyof Images, repository: string, platforms: readonly Platform[]) => {
    if (!wanted.has(image)) return {}
    const { digest } = await pushIndex(new Pusher(address, repository), platforms)
    return { [image]: `${repository}@${digest}` }
  }
  const two = ['amd64', 'arm64'].map((architecture) => ({
    architecture,
    layers: Array<number>(5).fill(5_000_000),
  }))
  return {
    ...(await push('index', 'dev/app', reference)),
    ...(wanted.has('referred') && { referred: await pushReferred(address, reference) }),
    ...(await push('huge', 'dev/huge', one([sizes.hugeBytes]))),
    ...(await push('layers', 'dev/layers', one(Array<number>(10).fill(10 * KIB * KIB)))),
    ...(await push('platforms', 'dev/platforms', two)),
    ...(wanted.has('tiny') && { tiny: await pushTiny(address, sizes.tinyImages) }),
  }
}

/** Bytes of the layers that a copy of one image moves. */
export function imageBytes(image: keyof Images, { hugeBytes, tinyImages }: ImageSizes): number {
  const reference = 22 * 64 * KIB
  const of = { index: reference, referred: reference, huge: hugeBytes, layers: 100 * KIB * KIB }
  return { ...of, platforms: 50_000_000, tiny: tinyImages * 2 * KIB }[image]
}

interface Platform {
  readonly architecture: string
  /** Sizes in bytes. */
  readonly layers: readonly number[]
}

async function pushIndex(to: Pusher, platforms: readonly Platform[]): Promise<Descriptor> {
  const manifests: object[] = []
  for (const { architecture, layers } of platforms) {
    const descriptor = await pushManifest(to, architecture, layers.map(noise), 64 * KIB)
    manifests.push({ ...descriptor, platform: { os: 'linux', architecture } })
  }
  return to.manifest({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests } as Manifest, 'v1')
}

interface Manifest {
  readonly mediaType: string
}

async function pushManifest(
  to: Pusher,
  architecture: string,
  contents: readonly Content[],
  configBytes: number,
  tag?: string,
) {
  const layers: Descriptor[] = []
  for (const content of contents) layers.push(await to.blob(content, LAYER))
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }
  const config = { os: 'linux', architecture, rootfs, config: { Labels: { padding: '' } } }
  config.config.Labels.padding = 'x'.repeat(Math.max(0, configBytes - JSON.stringify(config).length))
  const stored = await to.blob(bytes(JSON.stringify(config)), `${OCI}.config.v1+json`)
  const manifest = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config: stored, layers }
  return to.manifest(manifest, tag)
}

async function pushReferred(address: string, platforms: readonly Platform[]): Promise<string> {
  const to = new Pusher(address, 'dev/referred')
  const subject = await pushIndex(to, platforms)
  const type = 'application/vnd.oci.empty.v1+json'
  const artifactType = 'application/vnd.example.evidence'
  const config = await to.blob(bytes('{}'), type)
  const manifests: object[] = []
  for (let turn = 0; turn < 7; turn++) {
    const layers = [await to.blob(bytes(`evidence ${turn} ${'x'.repeat(4 * KIB)}`), 'text/plain')]
    const manifest = {
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      artifactType,
      config,
      layers,
      subject,
    }
    manifests.push({ ...(await to.manifest(manifest)), artifactType })
  }
  if (!(await to.listsReferrers(subject))) {
    const list = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests }
    await to.manifest(list, subject.digest.replace(':', '-'))
  }
  return `dev/referred@${subject.digest}`
}

async function pushTiny(address: string, count: number): Promise<readonly string[]> {
  const images: string[] = []
  for (let turn = 0; turn < count; turn++) {
    const repository = `many/app-${String(turn).padStart(3, '0')}`
    const { digest } = await pushManifest(new Pusher(address, repository), 'amd64', [noise(2 * KIB)], 0, 'v1')
    images.push(`${repository}@${digest}`)
  }
  return images
}
