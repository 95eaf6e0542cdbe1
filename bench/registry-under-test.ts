import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A registry in a process of its own. */
export interface RegistryUnderTest {
  readonly name: string
  readonly address: string
  close(): void
}

/** Debian's docker-registry where it is installed, Waybill's embedded one elsewhere. */
export async function startRegistry(): Promise<RegistryUnderTest> {
  const root = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  const address = `127.0.0.1:${await freePort()}`
  const docker = spawnSync('docker-registry', ['--version']).status === 0
  const [program = '', ...args] = docker ? dockerRegistry(root, address) : embedded(root, address)
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('REGISTRY_')),
  )
  const child = spawn(program, args, { env, stdio: 'ignore' })
  const close = () => {
    child.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined)
    if (answer) return { name: docker ? 'docker-registry' : 'embedded registry', address, close }
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
  mkdirSync(join(root, 'data'))
  writeFileSync(join(root, 'config.yml'), JSON.stringify(config))
  return ['docker-registry', 'serve', join(root, 'config.yml')]
}

function embedded(root: string, address: string): readonly string[] {
  const [host = '', port = ''] = address.split(':')
  return [process.execPath, join(import.meta.dirname, 'serve-embedded.ts'), root, host, port]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
