import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Descriptor } from '../../oci/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import { readTar } from '../tar-reader.ts'

const MOST_PATHS = 200_000

/** The paths of the files in a layer; undefined when it is packed in a way that is not known here. */
export async function layerPaths(
  store: ImageStore,
  layer: Descriptor,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const unpack = unpackerOf(layer.mediaType)
  if (!unpack) return undefined
  const bytes = Readable.from(await store.blob(layer))
  const paths: string[] = []
  for await (const { path, type } of readTar(unpack(bytes))) {
    signal.throwIfAborted()
    if (type === '0') paths.push(path)
    if (paths.length >= MOST_PATHS) break
  }
  bytes.destroy()
  return paths
}

function unpackerOf(mediaType: string): ((bytes: Readable) => AsyncIterable<Uint8Array>) | undefined {
  if (mediaType.endsWith('tar')) return (bytes) => bytes
  if (mediaType.endsWith('gzip')) return (bytes) => joined(bytes, createGunzip())
  if (mediaType.endsWith('zstd')) return (bytes) => joined(bytes, createZstdDecompress())
  return undefined
}

function joined(bytes: Readable, unpacker: NodeJS.ReadWriteStream): AsyncIterable<Uint8Array> {
  bytes.on('error', (error) => unpacker.emit('error', error))
  return bytes.pipe(unpacker) as unknown as AsyncIterable<Uint8Array>
}
