import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A registry in a process of its own. */
export interface RegistryUnderTest {
  readonly name: string
  readonly address: string
  close(): void
}

/** Debian's docker-registry where it is installed, Waybill's embedded one elsewhere, on a new folder. */
export async function startRegistry(root: string): Promise<RegistryUnderTest> {
  mkdirSync(join(root, 'data'), { recursive: true })
  const said = spawnSync('docker-registry', ['--version'], { encoding: 'utf8' })
  if (said.status !== 0) return startEmbedded(join(root, 'data'))
  const [version = ''] = /\d+\.\d+\.\d+/.exec(said.stdout) ?? []
  const address = `127.0.0.1:${await freePort()}`
  return start(`docker-registry ${version}`, dockerRegistry(root, address), address)
}

/** Waybill's embedded registry on a folder that may hold something. */
export async function startEmbedded(folder: string): Promise<RegistryUnderTest> {
  const address = `127.0.0.1:${await freePort()}`
  const [host = '', port = ''] = address.split(':')
  const script = join(import.meta.dirname, 'serve-embedded.ts')
  return start('embedded registry', [process.execPath, script, folder, host, port], address)
}

async function start(name: string, [program = '', ...args]: readonly string[], address: string) {
  // REGISTRY_* variables would reconfigure docker-registry.
  const kept = Object.entries(process.env).filter(([variable]) => !variable.startsWith('REGISTRY_'))
  const child = spawn(program, args, { env: Object.fromEntries(kept), stdio: 'ignore' })
  const close = () => void child.kill('SIGKILL')
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined)
    if (answer) return { name, address, close }
    await sleep(50)
  }
  close()
  throw new Error(`${program} did not answer at ${address}.`)
}

function dockerRegistry(root: string, address: string): readonly string[] {
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(root, 'data') } },
    http: { addr: address },
    health: { storagedriver: { enabled: false } },
  }
  writeFileSync(join(root, 'config.yml'), JSON.stringify(config))
  return ['docker-registry', 'serve', join(root, 'config.yml')]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
