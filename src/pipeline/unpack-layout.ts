import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { builderFailed } from './builder-failed.ts'
import { readTar } from './tar-reader.ts'

const WANTED = /^(?:\.\/)?(oci-layout|index\.json|blobs\/(?:sha256|sha512)\/[0-9a-f]{64,128})$/

/**
 * An archive of an OCI layout → a folder. Nothing but the files of a layout is written, wherever others would go.
 * Digests are checked by whoever reads the layout.
 * @throws BUILDER_FAILED when the archive is none of a layout, such as one that docker saved
 */
export async function unpackLayout(archive: string, folder: string): Promise<void> {
  const seen = new Set<string>()
  for await (const { path, type, content } of readTar(createReadStream(archive))) {
    const name = WANTED.exec(path)?.[1]
    if (type !== '0' || name === undefined || seen.has(name)) continue
    seen.add(name)
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await pipeline(content, createWriteStream(join(folder, name), { flags: 'wx' }))
  }
  if (seen.has('oci-layout') && seen.has('index.json')) return
  throw builderFailed('Found an archive without oci-layout and index.json, expected an OCI layout', archive)
}
