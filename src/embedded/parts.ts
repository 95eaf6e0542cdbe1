import type { Caller } from './caller.ts'
import type { Exchange } from './exchange.ts'
import type { KeyedLock } from './keyed-lock.ts'
import type { RepositoryName } from './names.ts'
import type { Disk } from './storage/disk.ts'

/** What every handler works with. */
export interface Parts extends Disk {
  readonly locks: KeyedLock
  readonly referrersApi: boolean
  readonly sparse: boolean
}

/** One admitted request: who asks, and what. */
export interface Call {
  readonly parts: Parts
  readonly exchange: Exchange
  readonly caller: Caller
}

/** Runs `work` while nobody else writes to the repository. */
export function writing<T>(parts: Parts, name: RepositoryName, work: () => Promise<T>): Promise<T> {
  return parts.locks.run(`repository ${name}`, work)
}
