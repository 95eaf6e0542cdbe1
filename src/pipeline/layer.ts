import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Gzip } from 'fflate'
import { fail } from '../base/index.ts'
import { mediaTypes, parseDigest } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import type { ContextFile } from './context-files.ts'
import { pipelineErrors } from './errors.ts'
import { writeTar } from './tar.ts'
import type { TarMember } from './tar.ts'

/** A layer on disk. */
export interface Layer {
  readonly descriptor: Descriptor
  /** Digest of the uncompressed archive (image-spec config.md, rootfs.diff_ids). */
  readonly diffId: Digest
  readonly file: string
}

export interface LayerOptions {
  readonly root: string
  readonly files: readonly ContextFile[]
  /** Absolute path in the image. */
  readonly target: string
  /** Seconds since 1970. */
  readonly epoch: number
  /** Where to write. */
  readonly file: string
  readonly signal: AbortSignal
}

// Both are part of every digest: the compressor sees the same pieces however the disk hands them out, and `mem` is
// set because its default goes through Math.log, which engines may round differently.
const PIECE = 64 * 1024
const GZIP = { level: 6, mem: 8, mtime: 0 } as const

/** Context files → one gzipped tar layer, streamed to disk. Same files, target and epoch: same bytes everywhere. */
export async function writeLayer(options: LayerOptions): Promise<Layer> {
  const out = await open(options.file, 'wx', 0o600)
  try {
    const tarHash = createHash('sha256')
    const gzipHash = createHash('sha256')
    let size = 0
    for await (const chunk of gzip(hashed(writeTar(members(options), options.epoch), tarHash))) {
      options.signal.throwIfAborted()
      gzipHash.update(chunk)
      size += chunk.length
      await out.writeFile(chunk)
    }
    const digest = parseDigest(`sha256:${gzipHash.digest('hex')}`)
    const diffId = parseDigest(`sha256:${tarHash.digest('hex')}`)
    return { descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size }, diffId, file: options.file }
  } finally {
    await out.close()
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: { update(chunk: Uint8Array): unknown }) {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

/** RFC 1952 through fflate: JavaScript only, so neither zlib's version nor the CPU shows in the bytes. */
async function* gzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = []
  const stream = new Gzip(GZIP, (chunk) => ready.push(chunk.slice()))
  for await (const piece of inPieces(chunks)) {
    stream.push(piece, false)
    yield* ready
    ready = []
  }
  stream.push(new Uint8Array(0), true)
  yield* ready
}

async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(PIECE)
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE - filled)
      piece.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < PIECE) continue
      yield piece
      piece = new Uint8Array(PIECE)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

// The folders above `target` are left to the runtime: an entry for /tmp would take its sticky bit away.
function members({ root, files, target }: LayerOptions): TarMember[] {
  const prefix = target.replace(/^\/+|\/+$/g, '')
  const top = prefix === '' ? [] : [directory(prefix)]
  const inImage = (path: string) => (prefix === '' ? path : `${prefix}/${path}`)
  return [...top, ...files.map((file) => member(root, file, inImage(file.path)))]
}

function member(root: string, file: ContextFile, path: string): TarMember {
  if (file.kind === 'directory') return directory(path)
  if (file.kind === 'link') return { path, type: 'link', executable: true, size: 0, linkTarget: file.target }
  const { size, executable } = file
  return { path, type: 'file', executable, size, content: () => contentOf(join(root, file.path), size) }
}

function directory(path: string): TarMember {
  return { path: `${path}/`, type: 'directory', executable: true, size: 0 }
}

async function* contentOf(path: string, size: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  let seen = 0
  try {
    for (let done = false; !done && seen <= size;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE)
      seen += bytesRead
      done = bytesRead === 0
      if (bytesRead > 0 && seen <= size) yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
  if (seen === size) return
  throw fail(pipelineErrors.CONTEXT_UNUSABLE, {
    message: `Found another size than the ${size} bytes listed: the file changed while it was read.`,
    where: path,
  })
}
