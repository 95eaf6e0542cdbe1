import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { serveRegistry } from '../../src/embedded/index.ts'
import type {
  AnsweredRequest,
  Fault,
  IncomingRequest,
  RegistryAuth,
  RegistryOptions,
} from '../../src/embedded/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import { RegistryClient } from '../../src/registry/index.ts'
import type { ClientOptions, ImageStore } from '../../src/registry/index.ts'

/** What a test cleans up with: `t.after` of a test, or of a suite. */
export interface Cleanup {
  after(fn: () => Promise<void> | void): void
}

/** A registry that a test talks to. */
export interface LabRegistry {
  readonly name: string
  /** `host:port`. */
  readonly address: string
  /** Every request answered so far; empty for a registry that is another process. */
  readonly requests: AnsweredRequest[]
  /** Requests begun so far: one is listed in `requests` only after its caller has the answer. */
  begun: number
  /** Faults to inject; set by the test. Only the embedded registry knows them. */
  fault: ((request: IncomingRequest) => Fault | undefined) | undefined
}

export interface LabOptions {
  /** A directory that holds something already. Default: an empty one. */
  readonly root?: string
  readonly auth?: RegistryAuth
  readonly referrersApi?: boolean
  readonly sparse?: boolean
  readonly profile?: NonNullable<RegistryOptions['profile']>
  readonly now?: () => Date
}

/** A new directory that disappears after the test. */
export async function temporaryDirectory(t: Cleanup): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-test-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Starts the embedded registry on an empty directory. */
export async function embeddedRegistry(t: Cleanup, options: LabOptions = {}): Promise<LabRegistry> {
  const requests: AnsweredRequest[] = []
  const lab: LabRegistry = { name: 'embedded', address: '', requests, begun: 0, fault: undefined }
  const running = await serveRegistry({
    root: await temporaryDirectory(t),
    ...options,
    onRequest: (request) => requests.push(request),
    onAnswer: (request) => {
      lab.begun++
      return lab.fault?.(request)
    },
  })
  t.after(() => running.close())
  return Object.assign(lab, { address: running.address })
}

/** How many requests there were, once every one that was begun is listed. */
export async function requestCount(lab: LabRegistry): Promise<number> {
  for (let waits = 0; lab.requests.length < lab.begun && waits < 400; waits++) await sleep(5)
  return lab.requests.length
}

const DOCKER_REGISTRY = 'docker-registry'

/** Why Debian's docker-registry cannot be used here; false when it can (for a test's `skip`). */
export const noDockerRegistry: string | false =
  spawnSync(DOCKER_REGISTRY, ['--version']).status === 0 ? false : 'docker-registry is not installed'

/** Starts Debian's docker-registry 2.8, which has no referrers API. `htpasswd`: that file's content. */
export async function dockerRegistry(t: Cleanup, htpasswd?: string, canDelete = true): Promise<LabRegistry> {
  const root = await temporaryDirectory(t)
  await mkdir(join(root, 'data'))
  await writeFile(join(root, 'htpasswd'), htpasswd ?? '')
  await writeFile(join(root, 'config.yml'), dockerRegistryConfig(root, htpasswd !== undefined, canDelete))
  // REGISTRY_* variables would reconfigure it.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('REGISTRY_')),
  )
  const child = spawn(DOCKER_REGISTRY, ['serve', join(root, 'config.yml')], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const address = await addressIn(child.stderr)
  return { name: 'docker-registry', address, requests: [], begun: 0, fault: undefined }
}

function dockerRegistryConfig(root: string, auth: boolean, canDelete: boolean): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(root, 'data') }, delete: { enabled: canDelete } },
    http: { addr: '127.0.0.1:0' },
    health: { storagedriver: { enabled: false } },
    ...(auth && { auth: { htpasswd: { realm: 'lab', path: join(root, 'htpasswd') } } }),
  })
}

/** The port it was given, from its log. The rest of the log is read and dropped, so that it never waits for a reader. */
async function addressIn(log: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  log.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < 100_000) text += chunk
    const [, address] = /listening on (127\.0\.0\.1:\d+)/.exec(text) ?? []
    if (address) resolve(address)
  })
  log.on('close', () => reject(new Error(`docker-registry ended: ${text}`)))
  return promise
}

/** A client that retries quickly and is closed after the test. */
export function labClient(t: Cleanup, options: ClientOptions = {}): RegistryClient {
  const retry = { attempts: 3, firstWait: 5, longestWait: 2000 }
  const client = new RegistryClient({ retry, ...options })
  t.after(() => client.close())
  return client
}

/** A repository of a lab registry, through a client of its own unless one is given. */
export function repositoryAt(
  t: Cleanup | TestContext,
  lab: LabRegistry,
  name: string,
  client: RegistryClient = labClient(t),
): ImageStore {
  return client.repository(parseRepository(`${lab.address}/${name}`))
}

/** One request that a scripted server got. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface ScriptedServer {
  readonly address: string
  readonly url: string
  readonly seen: SeenRequest[]
}

/** A server that answers as the test says, for what no honest registry does. */
export async function scriptedServer(
  t: Cleanup,
  answer: (request: SeenRequest, response: ServerResponse) => void,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = []
  const server = createHttpServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('error', () => {})
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming
      const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') }
      seen.push(request)
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const found = server.address()
  const address = `127.0.0.1:${typeof found === 'object' && found ? found.port : 0}`
  return { address, url: `http://${address}`, seen }
}
