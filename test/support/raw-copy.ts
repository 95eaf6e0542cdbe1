// How a registry copies inside its own walls. Written by hand on plain HTTP; nothing here is Waybill's own code.

/** A repository: the registry's `http://host:port`, and its name. */
export interface Place {
  readonly url: string
  readonly name: string
}

interface RawDescriptor {
  readonly digest: string
}

export interface RawManifest {
  readonly mediaType: string
  readonly config?: RawDescriptor
  readonly layers?: readonly RawDescriptor[]
  readonly manifests?: readonly RawDescriptor[]
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

function manifestAt({ url, name }: Place, digest: string): Promise<Response> {
  return fetch(`${url}/v2/${name}/manifests/${digest}`, { headers: { accept: ACCEPT } })
}

export async function rawManifest(place: Place, digest: string): Promise<RawManifest | undefined> {
  const answer = await manifestAt(place, digest)
  return answer.ok ? ((await answer.json()) as RawManifest) : undefined
}

/** Copies a manifest with all under it, and nothing that refers to it. `without`: digests that are left out. */
export async function copyTree(
  from: Place,
  to: Place,
  digest: string,
  without: ReadonlySet<string> = new Set(),
) {
  const answer = await manifestAt(from, digest)
  if (!answer.ok) throw new Error(`no ${digest} in ${from.name}`)
  const bytes = await answer.arrayBuffer()
  const manifest = JSON.parse(Buffer.from(bytes).toString()) as RawManifest
  for (const child of manifest.manifests ?? [])
    if (!without.has(child.digest)) await copyTree(from, to, child.digest, without)
  const blobs = [manifest.config, ...(manifest.layers ?? [])].filter((blob) => blob !== undefined)
  for (const blob of blobs) if (!without.has(blob.digest)) await copyBlob(from, to, blob.digest)
  const put = await fetch(`${to.url}/v2/${to.name}/manifests/${digest}`, {
    method: 'PUT',
    headers: { 'content-type': manifest.mediaType },
    body: bytes,
  })
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`)
}

async function copyBlob(from: Place, to: Place, digest: string): Promise<void> {
  const there = await fetch(`${to.url}/v2/${to.name}/blobs/${digest}`, { method: 'HEAD' })
  if (there.ok) return
  const blob = await fetch(`${from.url}/v2/${from.name}/blobs/${digest}`)
  const begun = await fetch(`${to.url}/v2/${to.name}/blobs/uploads/`, { method: 'POST' })
  await begun.arrayBuffer()
  const address = new URL(begun.headers.get('location') ?? '', to.url)
  address.searchParams.set('digest', digest)
  const put = await fetch(address, { method: 'PUT', body: await blob.arrayBuffer() })
  if (put.status !== 201) throw new Error(`blob: ${put.status} ${await put.text()}`)
}

/** Every tag of a repository with the digest that it names. */
export async function rawTags({ url, name }: Place): Promise<ReadonlyMap<string, string>> {
  const answer = await fetch(`${url}/v2/${name}/tags/list`)
  if (!answer.ok) return new Map()
  const { tags } = (await answer.json()) as { tags: readonly string[] | null }
  const found = await Promise.all(
    (tags ?? []).map(async (tag) => {
      const head = await fetch(`${url}/v2/${name}/manifests/${tag}`, {
        method: 'HEAD',
        headers: { accept: ACCEPT },
      })
      return [tag, head.headers.get('docker-content-digest') ?? ''] as const
    }),
  )
  return new Map(found)
}

/** Digests that refer to this one. */
export async function rawReferrers({ url, name }: Place, digest: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/v2/${name}/referrers/${digest}`)
  const { manifests } = (await answer.json()) as { manifests: readonly RawDescriptor[] }
  return manifests.map((one) => one.digest)
}
