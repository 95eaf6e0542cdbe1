import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silent, timestamp } from '../../src/base/index.ts'
import type { OnStep } from '../../src/base/index.ts'
import { makeStatement, predicateTypes, promotionRecord } from '../../src/attestation/index.ts'
import type { PredicateName, PromotionRecord } from '../../src/attestation/index.ts'
import type { PromotionEntry } from '../../src/insight/index.ts'
import type { Outcome, PromoteCommand } from '../../src/promotion/index.ts'
import { childrenOf, parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { attachArtifact, readBlob, RegistryClient, resolve as resolveName } from '../../src/registry/index.ts'
import type { ImageStore, StoredManifest } from '../../src/registry/index.ts'
import { bundleArtifact, generateKey, readPrivateKey, signStatement } from '../../src/signing/index.ts'
import { openWorkspace } from '../../src/wiring/index.ts'
import type { Workspace } from '../../src/wiring/index.ts'
import { BareRepository } from './git.ts'
import { putIndex } from './images.ts'
import { provenanceOf } from './policy-facts.ts'
import { dockerRegistry, embeddedRegistry, temporaryDirectory } from './registries.ts'
import type { Cleanup, LabRegistry } from './registries.ts'
import { MAIN } from './command-line.ts'

export const APP = 'ordersvc'
export const SOURCE = 'https://git.example.com/contoso/ordersvc'
const BUNDLE_BYTES = 10 * 1024 * 1024

export type RegistryKind = 'embedded' | 'embedded without referrers API' | 'docker-registry'

/** waybill.yaml as JSON, for a test to change before it is written. */
export interface RoadConfig {
  applications: Record<string, Record<string, unknown>>
  environments: Record<string, Record<string, unknown>>
  [key: string]: unknown
}

/** One signer of trust.yaml, likewise. */
export type RoadSigner = Record<string, unknown> & { id: string }

export interface RoadOptions {
  readonly registry?: RegistryKind
  /** shared: one repository for all environments. separate: one each, prod on a registry of its own. Default shared. */
  readonly layout?: 'shared' | 'separate'
  /** Default true: each environment is written to a bare git repository. */
  readonly git?: boolean
  /** The registry to use instead of starting one; for both places. */
  readonly lab?: LabRegistry
  readonly edit?: (config: RoadConfig) => void
  readonly trust?: (signers: RoadSigner[]) => void
}

/** What is true of a build; every fact may be left out or come from the wrong hand. */
export interface About {
  /** Default: made from the seed. */
  readonly commit?: string
  readonly version?: string
  /** Of each platform. Default 1. */
  readonly layers?: number
  /** Bytes of each layer. */
  readonly layerBytes?: number
  readonly event?: string
  readonly branch?: string
  readonly author?: string
  readonly dirty?: boolean
  /** Key that signs the provenance; undefined in the type of the key: nobody does. Default `build`. */
  readonly provenance?: string | false
  readonly signature?: string | false
  readonly unit?: 'PASSED' | 'FAILED' | false
  readonly unitKey?: string
}

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A small complete world: registries, keys, policy, git, a clock that stands still until it is moved. */
export class Road {
  readonly directory: string
  readonly #gitops: BareRepository | undefined
  readonly nonprod: LabRegistry
  readonly prod: LabRegistry
  readonly env: NodeJS.ProcessEnv
  readonly client = new RegistryClient({})
  readonly config: RoadConfig
  readonly #keys: ReadonlyMap<string, string>
  readonly #trust: ((signers: RoadSigner[]) => void) | undefined
  readonly #t: Cleanup
  #trustMore: Readonly<Record<string, unknown>> = {}
  #now = Date.parse('2025-03-03T09:00:00Z')

  constructor(t: Cleanup, directory: string, registries: readonly LabRegistry[], options: RoadOptions) {
    const [nonprod, prod] = registries
    if (!nonprod || !prod) throw new Error('a road needs two registries')
    this.#t = t
    this.directory = directory
    this.nonprod = nonprod
    this.prod = prod
    this.#gitops = options.git === false ? undefined : new BareRepository(gitFiles())
    this.#keys = new Map(KEYS.map((name) => [name, generateKey().privateKeyPem]))
    this.#trust = options.trust
    this.env = this.#environment()
    this.config = configOf(this, options)
    options.edit?.(this.config)
    this.write()
    t.after(async () => {
      await this.client.close()
      this.#gitops?.[Symbol.dispose]()
    })
  }

  /** Leaves only these environments; each takes from the one before it. */
  only(...names: readonly string[]): void {
    const kept = names.map((name, index) => {
      const after = names[index - 1]
      const link = after && { after, gates: [{ passed: { environment: after } }] }
      return [name, { ...this.config.environments[name], ...link }]
    })
    this.config.environments = Object.fromEntries(kept) as RoadConfig['environments']
    this.write()
  }

  /** Changes one environment's block. */
  change(environment: string, block: Record<string, unknown>): void {
    this.config.environments[environment] = { ...this.config.environments[environment], ...block }
    this.write()
  }

  /** Writes waybill.yaml and trust.yaml, after `config` was changed. */
  write(): void {
    const signers = trustOf((name) => this.publicKey(name))
    this.#trust?.(signers)
    const trust = { version: 1, signers, ...this.#trustMore }
    writeFileSync(join(this.directory, 'trust.yaml'), JSON.stringify(trust))
    writeFileSync(join(this.directory, 'waybill.yaml'), JSON.stringify(this.config, undefined, 1))
  }

  /** The bare repository environments are delivered to. */
  get gitops(): BareRepository {
    if (!this.#gitops) throw new Error('this road has no git')
    return this.#gitops
  }

  /** Keys of trust.yaml beside the signers, from now on. */
  trustFile(more: Readonly<Record<string, unknown>>): void {
    this.#trustMore = more
    this.write()
  }

  get now(): Date {
    return new Date(this.#now)
  }

  /** Moves the clock. */
  later(minutes: number): void {
    this.#now += minutes * 60_000
  }

  publicKey(name: string): string {
    return createPublicKey(this.privateKey(name)).export({ type: 'spki', format: 'pem' }).toString()
  }

  privateKey(name: string): string {
    const found = this.#keys.get(name)
    if (found === undefined) throw new Error(`no key ${name}`)
    return found
  }

  /** One promotion by a client of its own. */
  async promote(to: string, command: Partial<PromoteCommand> = {}): Promise<Outcome> {
    return (await this.open()).promote({ application: APP, to, ...command })
  }

  /** A build that goes to these environments at once. */
  async carry(seed: string, about: About, ...environments: readonly string[]): Promise<Digest> {
    const digest = await this.build(seed, about)
    const w = await this.open()
    for (const to of environments) {
      const image = to === 'dev' ? { image: imageTag(seed) } : {}
      const { outcome, verdict } = await w.promote({ application: APP, to, ...image })
      if (outcome !== 'promoted') throw new Error(`${to}: ${outcome} ${JSON.stringify(verdict)}`)
      this.later(1)
    }
    return digest
  }

  /** Drives the road in this process. Its client is closed after the test. */
  async open(onStep: OnStep = silent, signal = new AbortController().signal): Promise<Workspace> {
    const workspace = await openWorkspace({
      configFile: 'waybill.yaml',
      cwd: this.directory,
      env: this.env,
      onStep,
      signal,
      clock: { now: () => this.now },
    })
    this.#t.after(() => workspace.close())
    return workspace
  }

  /** The environment's repository. */
  store(environment: string, client = this.client): ImageStore {
    return client.repository(parseRepository(this.repository(environment)))
  }

  repository(environment: string): string {
    return String(this.config.environments[environment]?.repository).replace('{application}', APP)
  }

  /** What CI leaves behind: an image in dev's repository with provenance, a signature and unit tests. */
  async build(seed: string, about: About = {}): Promise<Digest> {
    const {
      version = '1.0.0',
      layers = 1,
      provenance = 'build',
      signature = 'signature',
      unit = 'PASSED',
    } = about
    const store = this.store('dev')
    const annotations = { 'org.opencontainers.image.version': version }
    const commit = commitOf(seed)
    const shape = { seed, layers, annotations, ...(about.layerBytes && { layerBytes: about.layerBytes }) }
    const index = await putIndex(store, shape, `git-${commit.slice(0, 8)}`)
    const { digest } = index.descriptor
    if (provenance)
      await this.say(store, digest, 'provenance', built(about.commit ?? commit, about), provenance)
    if (signature) await this.say(store, digest, 'signature', {}, signature)
    if (unit) await this.say(store, digest, 'test-result', tested('unit', unit), about.unitKey ?? 'tests')
    return digest
  }

  /** Signs any statement with any key and attaches it, asking nobody whether the key may say so. */
  async say(
    store: ImageStore,
    digest: Digest,
    predicate: PredicateName,
    value: object,
    key: string,
  ): Promise<StoredManifest> {
    const root = await resolveName(store, digest)
    const children = childrenOf(root.manifest)
    const subjects = root.manifest.kind === 'index' ? children.map((child) => child.digest) : []
    const statement = makeStatement([digest, ...subjects], predicateTypes[predicate], value)
    const signer = await readPrivateKey(this.privateKey(key), undefined, key)
    const bundle = await signStatement(statement, signer)
    return attachArtifact(store, bundleArtifact(bundle, root.descriptor, timestamp(this.now)))
  }

  /** Every promotion record that hangs on a digest for one environment, in the chain or not. */
  async recordsOn(digest: Digest, environment: string): Promise<readonly Digest[]> {
    const store = this.store(environment)
    const listed = await store.referrers(digest)
    const found: Digest[] = []
    for (const entry of listed) {
      const predicate = await recordIn(store, entry.digest)
      if (predicate?.environment === environment) found.push(entry.digest)
    }
    return found
  }

  /** The verified chain, newest first. @throws RECORD_* */
  async chain(environment: string): Promise<readonly PromotionEntry[]> {
    const workspace = await this.open()
    return (await workspace.history({ application: APP, environment })).promotions
  }

  /** Digest a tag names in the environment's repository. */
  async tag(environment: string, tag: string): Promise<Digest | undefined> {
    return (await this.store(environment).head(tag))?.digest
  }

  /** Digest that git says for an environment. */
  inGit(environment: string): string | undefined {
    return /digest: "?(sha256:[0-9a-f]{64})/.exec(this.gitops.show(placeOf(environment)))?.[1]
  }

  /** Commits of promotions, newest first. */
  commits(): readonly string[] {
    const log = this.#gitops?.log() ?? []
    return log.filter((message) => message.includes('Promotion-Record: '))
  }

  /** The command line as a process of its own, with the real clock. */
  cli(words: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<CliResult> {
    return finished(this.startCli(words, extra))
  }

  startCli(words: readonly string[], extra: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, [MAIN, ...words], {
      cwd: this.directory,
      env: { ...this.env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  #environment(): NodeJS.ProcessEnv {
    const keys = [...this.#keys].map(([name, pem]) => [variableOf(name), pem])
    const quiet = { HOME: this.directory, DOCKER_CONFIG: this.directory, GIT_CONFIG_NOSYSTEM: '1' }
    const { PATH, NODE_COMPILE_CACHE } = process.env
    return { PATH, NODE_COMPILE_CACHE, ...quiet, ...Object.fromEntries(keys) }
  }
}

/** A world for one test or suite; everything goes away with it. */
export async function openRoad(t: Cleanup, options: RoadOptions = {}): Promise<Road> {
  const start = async () => options.lab ?? startRegistry(t, options.registry ?? 'embedded')
  const nonprod = await start()
  const prod = options.layout === 'separate' ? await start() : nonprod
  return new Road(t, await temporaryDirectory(t), [nonprod, prod], options)
}

export function startRegistry(t: Cleanup, kind: RegistryKind): Promise<LabRegistry> {
  if (kind === 'docker-registry') return dockerRegistry(t)
  return embeddedRegistry(t, { referrersApi: kind === 'embedded' })
}

/** Waits for a process and collects what it said. */
export async function finished(child: ChildProcess): Promise<CliResult> {
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] }
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
    child.once('close', (...ended) => done(ended))
  })
  const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8')
  return { code, signal, stdout: text(chunks.stdout), stderr: text(chunks.stderr) }
}

/** The promotion record inside a referrer, unverified; undefined when it is none. */
export async function recordIn(store: ImageStore, manifest: Digest): Promise<PromotionRecord | undefined> {
  const stored = await store.manifest(manifest)
  const [layer] = stored?.manifest.kind === 'manifest' ? stored.manifest.layers : []
  if (!layer) return undefined
  const bundle = JSON.parse((await readBlob(store, layer, BUNDLE_BYTES)).toString('utf8')) as BundleShape
  const payload = Buffer.from(bundle.dsseEnvelope?.payload ?? '', 'base64').toString('utf8') || '{}'
  const { predicateType, predicate } = JSON.parse(payload) as { predicateType?: string; predicate?: unknown }
  return predicateType === predicateTypes.promotion ? promotionRecord.parse(predicate) : undefined
}

interface BundleShape {
  readonly dsseEnvelope?: { readonly payload: string }
}

/** The tag CI gives a build. */
export function imageTag(seed: string): string {
  return `git-${commitOf(seed).slice(0, 8)}`
}

export function commitOf(seed: string): string {
  return createHash('sha1').update(seed).digest('hex')
}

/** A test-result predicate. */
export function tested(suite: string, result: 'PASSED' | 'FAILED'): object {
  const names = [`${suite} one`, `${suite} two`]
  const [passedTests, failedTests] = result === 'PASSED' ? [names, []] : [names.slice(1), names.slice(0, 1)]
  return { result, configuration: [{ name: suite }], passedTests, failedTests }
}

function built(commit: string, about: About): object {
  const { event = 'push', branch = 'refs/heads/dev', author = 'dana@contoso.example', dirty = false } = about
  const predicate = provenanceOf({ source: SOURCE, ref: branch, event, dirty }, author)
  const [git] = predicate.buildDefinition.resolvedDependencies
  if (git) git.digest.gitCommit = commit
  return predicate
}

const KEYS = ['build', 'signature', 'tests', 'promotion', 'pass', 'alice', 'bob', 'ops', 'stranger']

export function variableOf(name: string): string {
  return `KEY_${name.toUpperCase()}`
}

function trustOf(publicKey: (name: string) => string): RoadSigner[] {
  const entry = (id: string, name: string, mayAssert: readonly string[], more: object = {}) => ({
    id,
    kind: 'key',
    key: publicKey(name),
    mayAssert,
    ...more,
  })
  const person = (name: string) => ({ identity: `${name}@contoso.example`, roles: ['release-manager'] })
  return [
    entry('ci-build', 'build', ['provenance']),
    entry('ci-image', 'signature', ['signature']),
    entry('ci-tests', 'tests', ['test-result']),
    entry('promoter', 'promotion', ['promotion']),
    entry('prover', 'pass', ['pass']),
    entry('alice', 'alice', ['approval'], person('alice')),
    entry('bob', 'bob', ['approval'], person('bob')),
    entry('ops', 'ops', ['hold', 'waiver', 'break-glass', 'vex'], {
      identity: 'ops@contoso.example',
      roles: ['incident-commander', 'security'],
    }),
  ]
}

const ENVIRONMENTS = ['dev', 'staging', 'prod']

function placeOf(environment: string): string {
  return `environments/${environment}/${APP}/kustomization.yaml`
}

function gitFiles(): Record<string, string> {
  const text = `resources: [../../../base]\nimages:\n  - name: ${APP}\n    newTag: none\n`
  return Object.fromEntries(ENVIRONMENTS.map((name) => [placeOf(name), text]))
}

function configOf(road: Road, options: RoadOptions): RoadConfig {
  const { nonprod, prod } = road
  const repository = (name: string) => {
    if (options.layout !== 'separate') return `${nonprod.address}/{application}`
    return name === 'prod' ? `${prod.address}/{application}` : `${nonprod.address}/${name}/{application}`
  }
  const common = (name: string) => ({
    repository: repository(name),
    prove: [{ command: 'true' }],
    ...(options.git !== false && {
      deliver: [
        { kustomize: { repository: road.gitops.directory, path: `environments/${name}/{application}` } },
      ],
    }),
  })
  const sign = ['build', 'signature', 'tests', 'promotion', 'pass'].map((name) => [
    name,
    { key: `env://${variableOf(name)}` },
  ])
  return {
    version: 1,
    applications: { [APP]: { source: SOURCE } },
    environments: {
      dev: {
        ...common('dev'),
        accepts: 'build',
        tags: ['git-{commit}', 'dev'],
        gates: [
          { provenance: { event: 'push', branches: ['dev'] } },
          { signature: { signers: ['ci-image'] } },
          { tests: { suites: ['unit'] } },
        ],
      },
      staging: {
        ...common('staging'),
        after: 'dev',
        tags: ['{version}-rc.{n}'],
        gates: [{ passed: { environment: 'dev' } }],
      },
      prod: {
        ...common('prod'),
        after: 'staging',
        tags: ['{version}', '{major}.{minor}', '{major}', 'stable'],
        gates: [{ passed: { environment: 'staging' } }],
      },
    },
    trust: 'trust.yaml',
    sign: Object.fromEntries(sign),
  }
}
