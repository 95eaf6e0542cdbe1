import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { serveRegistry } from '../../src/embedded/index.ts'
import type { RegistryOptions } from '../../src/embedded/index.ts'
import { digestOf, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'

/** A directory that goes away with the test. */
export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-registry-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** An embedded registry for one test, with a plain HTTP client that knows nothing of Waybill. */
export async function startRegistry(
  t: TestContext,
  options: Partial<RegistryOptions> = {},
): Promise<RawRegistry> {
  const root = options.root ?? (await temporaryDirectory(t))
  const running = await serveRegistry({ ...options, root })
  t.after(() => running.close())
  return new RawRegistry(running.url, running.address, root, () => running.close())
}

type Body = Uint8Array<ArrayBuffer> | string | ReadableStream | undefined

/** Requests as bytes and headers, and the few sequences nearly every test needs. */
export class RawRegistry {
  readonly url: string
  readonly address: string
  readonly root: string
  readonly close: () => Promise<void>
  authorization: string | undefined

  constructor(url: string, address: string, root: string, close: () => Promise<void>) {
    this.url = url
    this.address = address
    this.root = root
    this.close = close
  }

  async request(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Body,
  ): Promise<Response> {
    return fetch(new URL(path, this.url), {
      method,
      headers: { ...(this.authorization && { authorization: this.authorization }), ...headers },
      redirect: 'manual',
      ...(body !== undefined && { body, duplex: 'half' }),
    } as RequestInit)
  }

  /** Pushes a blob by POST and PUT. */
  async pushBlob(
    name: string,
    content: Uint8Array | string,
    mediaType: string = mediaTypes.ociLayer,
  ): Promise<Descriptor> {
    const bytes = Buffer.from(content as string)
    const digest = digestOf(bytes)
    const begun = await this.request('POST', `/v2/${name}/blobs/uploads/`)
    await expectStatus(begun, 202)
    const put = await this.request('PUT', `${begun.headers.get('location')}?digest=${digest}`, {}, bytes)
    await expectStatus(put, 201)
    return { mediaType, digest, size: bytes.length }
  }

  async putManifest(name: string, reference: string, manifest: object, headers: Record<string, string> = {}) {
    const { mediaType = mediaTypes.ociManifest } = manifest as { mediaType?: string }
    return this.request(
      'PUT',
      `/v2/${name}/manifests/${reference}`,
      { 'content-type': mediaType, ...headers },
      JSON.stringify(manifest),
    )
  }

  /** Pushes a small image with its blobs; `seed` makes its digest. */
  async pushImage(name: string, tag: string, seed: string = tag, extra: object = {}): Promise<Descriptor> {
    const config = await this.pushBlob(name, JSON.stringify({ seed }), mediaTypes.ociConfig)
    const layers = [await this.pushBlob(name, `layer of ${seed}`)]
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers, ...extra }
    await expectStatus(await this.putManifest(name, tag, manifest), 201)
    const text = JSON.stringify(manifest)
    return { mediaType: mediaTypes.ociManifest, digest: digestOf(text), size: Buffer.byteLength(text) }
  }
}

export async function expectStatus(response: Response, status: number): Promise<void> {
  if (response.status === status) return
  assert.fail(`expected ${status} from ${response.url}, got ${response.status}: ${await response.text()}`)
}

/** The error codes and details of an OCI error answer. */
export async function errorsOf(
  response: Response,
): Promise<{ code: string; message: string; detail?: unknown }[]> {
  assert.equal(response.headers.get('content-type'), 'application/json')
  const { errors } = (await response.json()) as {
    errors: { code: string; message: string; detail?: unknown }[]
  }
  return errors
}
