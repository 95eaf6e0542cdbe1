import { createHash, randomUUID } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { RepositoryName } from '../names.ts'
import { BatchWriter } from './batch-writer.ts'
import type { BlobStore } from './blob-store.ts'
import { isMissing, makeDirectory } from './durable.ts'

type Algorithm = 'sha256' | 'sha512'

/** An upload session. `size` is the bytes received so far. */
export interface Upload {
  readonly id: string
  readonly name: RepositoryName
  readonly size: number
}

interface Session {
  readonly id: string
  readonly name: RepositoryName
  size: number
  /** Missing after a restart: the file is then hashed again at the end. */
  running?: { readonly algorithm: Algorithm; readonly hash: Hash }
}

/** A session nobody has touched for this long is dropped (milliseconds). */
const LIFETIME = 24 * 60 * 60 * 1000
const SWEEP_EVERY = 60 * 60 * 1000
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Unfinished uploads: `<id>/data` holds the bytes, `<id>/repository` whose they are. They outlive a restart. */
export class UploadStore {
  readonly #root: string
  readonly #blobs: BlobStore
  readonly #now: () => Date
  readonly #sessions = new Map<string, Session>()
  #swept = -Infinity

  constructor(root: string, blobs: BlobStore, now: () => Date) {
    this.#root = root
    this.#blobs = blobs
    this.#now = now
  }

  async begin(name: RepositoryName, algorithm: Algorithm): Promise<Upload> {
    await this.sweep()
    const session = { id: randomUUID(), name, size: 0, running: { algorithm, hash: createHash(algorithm) } }
    // Known before its files are there, or a sweep running beside this could take it for a leftover.
    this.#sessions.set(session.id, session)
    await makeDirectory(join(this.#root, session.id))
    await writeNew(this.#file(session.id, 'repository'), name)
    await writeNew(this.#file(session.id, 'data'), '')
    return session
  }

  async find(name: RepositoryName, id: string): Promise<Upload | undefined> {
    if (!ID.test(id)) return undefined
    const session = this.#sessions.get(id) ?? (await this.#restore(id))
    return session?.name === name ? session : undefined
  }

  /** Adds bytes at the end. What arrived before a failure stays, so that the client can resume. */
  async append(upload: Upload, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const session = this.#session(upload)
    const file = await open(this.#file(upload.id, 'data'), 'r+')
    const writer = new BatchWriter(file, session.size)
    try {
      for await (const chunk of chunks) {
        const taken = writer.add(chunk)
        session.running?.hash.update(chunk)
        session.size += chunk.length
        await taken
      }
    } finally {
      await this.#finishWriting(session, writer, file)
    }
  }

  /** Turns the session into a blob. False when the content has another digest; the session is gone either way. */
  async commit(upload: Upload, digest: Digest): Promise<boolean> {
    const session = this.#session(upload)
    const file = this.#file(upload.id, 'data')
    const matches = (await finish(session, file, algorithmOf(digest))) === digest
    if (matches) {
      await syncFile(file)
      await this.#blobs.adopt(file, digest)
    }
    await this.discard(upload)
    return matches
  }

  async discard(upload: Upload): Promise<void> {
    this.#sessions.delete(upload.id)
    await rm(join(this.#root, upload.id), { recursive: true, force: true })
  }

  /** Drops abandoned sessions, at most once an hour. */
  async sweep(): Promise<void> {
    const now = this.#now().getTime()
    if (now - this.#swept < SWEEP_EVERY) return
    this.#swept = now
    for (const id of await readdir(this.#root)) {
      const touched = await lastTouched(this.#file(id, 'data'))
      if (touched === undefined ? this.#sessions.has(id) : now - touched < LIFETIME) continue
      this.#sessions.delete(id)
      await rm(join(this.#root, id), { recursive: true, force: true })
    }
  }

  async #restore(id: string): Promise<Session | undefined> {
    try {
      const name = (await readFile(this.#file(id, 'repository'), 'utf8')) as RepositoryName
      const session = { id, name, size: (await stat(this.#file(id, 'data'))).size }
      this.#sessions.set(id, session)
      return session
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async #finishWriting(session: Session, writer: BatchWriter, file: FileHandle): Promise<void> {
    try {
      await writer.end()
    } catch (error) {
      // A full disk: size and hash no longer say what the file holds, so the next request reads it anew.
      this.#sessions.delete(session.id)
      throw error
    } finally {
      await file.close()
    }
  }

  #session(upload: Upload): Session {
    return this.#sessions.get(upload.id) ?? { ...upload }
  }

  #file(id: string, part: 'data' | 'repository'): string {
    return join(this.#root, id, part)
  }
}

async function finish(session: Session, file: string, algorithm: Algorithm): Promise<string> {
  if (session.running?.algorithm === algorithm) return `${algorithm}:${session.running.hash.digest('hex')}`
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }))
    hash.update(chunk as Buffer)
  return `${algorithm}:${hash.digest('hex')}`
}

async function writeNew(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(content)
  } finally {
    await file.close()
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function lastTouched(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
