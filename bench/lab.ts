import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRegistry } from './registry-under-test.ts'
import type { RegistryUnderTest } from './registry-under-test.ts'
import { account } from './token-desk.ts'
import { TracingProxy } from './tracing-proxy.ts'
import type { Setting } from './tracing-proxy.ts'

const MEMORY = '/dev/shm'

/** Two registries, a proxy before each, and a folder for homes. Everything is gone after `close`. */
export class Lab {
  readonly root: string
  readonly registries: readonly [RegistryUnderTest, RegistryUnderTest]
  readonly #proxies: readonly [TracingProxy, TracingProxy]
  #homes = 0

  private constructor(
    root: string,
    registries: Lab['registries'],
    proxies: readonly [TracingProxy, TracingProxy],
  ) {
    this.root = root
    this.registries = registries
    this.#proxies = proxies
  }

  /** In memory when there is room for `bytes`, else in the temporary folder. */
  static async open(bytes: number): Promise<Lab> {
    const root = mkdtempSync(join(hasRoom(MEMORY, bytes) ? MEMORY : tmpdir(), 'waybill-bench-'))
    const here = await startRegistry(join(root, 'here'))
    const there = await startRegistry(join(root, 'there'))
    const proxies = [await TracingProxy.start(here.address), await TracingProxy.start(there.address)] as const
    return new Lab(root, [here, there], proxies)
  }

  get inMemory(): boolean {
    return this.root.startsWith(MEMORY)
  }

  set setting(setting: Setting) {
    for (const proxy of this.#proxies) proxy.setting = setting
  }

  /** `host:port` of the first or second registry, seen through its proxy or not. */
  address(place: 0 | 1, traced: boolean): string {
    return (traced ? this.#proxies : this.registries)[place].address
  }

  /** What went through the proxies since the last call. */
  take(): readonly string[] {
    return this.#proxies.flatMap((proxy) => proxy.take())
  }

  /** A new empty home whose only content is the bench's account at both proxies. */
  home(): string {
    const home = join(this.root, `home-${this.#homes++}`)
    makeHome(
      home,
      this.#proxies.map(({ address }) => address),
    )
    return home
  }

  close(): void {
    for (const started of [...this.#proxies, ...this.registries]) started.close()
    rmSync(this.root, { recursive: true, force: true })
  }
}

export function makeHome(home: string, addresses: readonly string[]): void {
  mkdirSync(join(home, '.docker'), { recursive: true })
  const auths = Object.fromEntries(addresses.map((address) => [address, { auth: account }]))
  writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ auths }))
}

/** What a program under test finds in its environment. The compiled code is kept, as it is on a machine in use. */
export function surroundings(home: string, compiled: string) {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: home,
    NODE_COMPILE_CACHE: compiled,
    // Else skopeo keeps what it learns about blobs in /var/lib when it runs as root.
    _CONTAINERS_ROOTLESS_UID: '1000',
  }
  return { env, cwd: home }
}

function hasRoom(folder: string, bytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize > bytes
  } catch {
    return false
  }
}
