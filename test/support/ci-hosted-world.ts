import { createPublicKey } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateKey } from '../../src/signing/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import { RegistryClient } from '../../src/registry/index.ts'
import { fakeGitleaks } from './fake-tools.ts'
import { BareRepository, git } from './git.ts'
import { embeddedRegistry, temporaryDirectory } from './registries.ts'
import type { Cleanup, LabRegistry } from './registries.ts'
import { installWaybill, shellProgram } from './shell-program.ts'
import { waybill } from './waybill-process.ts'
import type { WaybillRun } from './waybill-process.ts'

export const APP = 'ordersvc'
const PASSWORD = 'registry-password-of-ci'

/** Signers, what they may state, and the secret that holds the key of each. */
const SIGNERS = {
  build: ['provenance'],
  preview: ['provenance'],
  evidence: ['test-result', 'vulnerabilities'],
  promotion: ['promotion'],
  pass: ['pass'],
  rita: ['approval'],
} as const
type Signer = keyof typeof SIGNERS

/** A team's project as a CI system has it: a remote, a registry that wants passwords, keys as secrets, machines. */
export class HostedWorld {
  readonly home: string
  readonly registry: LabRegistry
  /** The remote that is cloned, with `main`. */
  readonly origin: BareRepository
  /** Where environments are delivered to. */
  readonly gitops: BareRepository
  /** Programs of the machines, `waybill` and `node` among them. */
  readonly bin: string
  readonly client: RegistryClient
  /** Where the CI system says that the source is. */
  readonly source: string
  readonly #keys = new Map(Object.keys(SIGNERS).map((name) => [name, generateKey().privateKeyPem]))

  constructor(home: string, registry: LabRegistry, source: string) {
    this.home = home
    this.source = source
    this.registry = registry
    this.bin = join(home, 'bin')
    mkdirSync(this.bin)
    this.client = new RegistryClient({
      credentials: {
        credentialFor: () => Promise.resolve({ kind: 'basic', username: 'ci', password: PASSWORD }),
      },
    })
    this.gitops = new BareRepository(
      Object.fromEntries(
        ['dev', 'staging', 'prod'].map((name) => [
          `${name}/${APP}/kustomization.yaml`,
          `images:\n  - name: ${APP}\n    newTag: none\n`,
        ]),
      ),
    )
    this.origin = new BareRepository(this.#files(source))
    installWaybill(this.bin)
    fakeGitleaks(this.bin, [])
  }

  /** Secrets as the team has set them: what builds have, and what pull requests have. */
  secrets(place: 'build' | 'pull-request' | 'deploy' | 'registry'): Readonly<Record<string, string>> {
    const login = { REGISTRY_USER: 'ci', REGISTRY_PASSWORD: PASSWORD }
    if (place === 'registry') return login
    if (place === 'deploy')
      return { ...login, PROMOTION_KEY: this.key('promotion'), PASS_KEY: this.key('pass') }
    return {
      ...login,
      BUILD_KEY: this.key(place === 'build' ? 'build' : 'preview'),
      ...(place === 'build' && { EVIDENCE_KEY: this.key('evidence') }),
    }
  }

  key(name: Signer): string {
    return this.#keys.get(name) ?? ''
  }

  /** A program of this name on every machine. */
  program(name: string, body: string): void {
    shellProgram(this.bin, name, body)
  }

  /** The command line at somebody's desk, who has this project checked out. */
  async desk(words: readonly string[], keys: readonly Signer[] = []): Promise<WaybillRun> {
    const directory = this.clone('main')
    const docker = join(this.home, 'desk')
    mkdirSync(docker, { recursive: true })
    const auth = Buffer.from(`ci:${PASSWORD}`).toString('base64')
    writeFileSync(
      join(docker, 'config.json'),
      JSON.stringify({ auths: { [this.registry.address]: { auth } } }),
    )
    const env = Object.fromEntries(keys.map((name) => [`${name.toUpperCase()}_KEY`, this.key(name)]))
    return waybill(words, { cwd: directory, env: { DOCKER_CONFIG: docker, HOME: this.home, ...env } })
  }

  #clones = 0

  clone(ref: string): string {
    const directory = join(this.home, `clone-${this.#clones++}`)
    git(this.home, ['clone', '--quiet', this.origin.directory, directory])
    git(directory, ['checkout', '--quiet', ref])
    return directory
  }

  /** Commits files onto a branch of the remote, undefined ones away from it; returns the commit. */
  commit(branch: string, files: Readonly<Record<string, string | undefined>>, from = branch): string {
    const directory = this.clone(from)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      if (text === undefined) rmSync(join(directory, path))
      else writeFileSync(join(directory, path), text)
    }
    return this.push(directory, `change ${Object.keys(files).join(' ')}`, branch)
  }

  /** Commits everything in a clone and pushes it; returns the commit. */
  push(directory: string, message: string, branch = 'main'): string {
    git(directory, ['add', '--all'])
    git(directory, ['commit', '--quiet', '--allow-empty', '--message', message])
    git(directory, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`])
    return this.head(branch)
  }

  head(branch: string): string {
    return git(this.origin.directory, ['rev-parse', branch]).trim()
  }

  read(branch: string, path: string): string {
    return git(this.origin.directory, ['show', `${branch}:${path}`])
  }

  /** What the bot has written on the pull request. */
  comment(): string {
    return readFileSync(join(this.home, 'comment'), 'utf8')
  }

  /** Rita lets what waits for it in. */
  approve(environment: string): Promise<WaybillRun> {
    return this.desk(['approve', APP, environment, '--key', 'env://RITA_KEY'], ['rita'])
  }

  /** What merging a branch into main would give, where CI systems keep it; returns the commit. */
  mergeRef(branch: string, ref: string): string {
    const directory = this.clone('main')
    git(directory, ['merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, `origin/${branch}`])
    git(directory, ['push', '--quiet', 'origin', `HEAD:${ref}`])
    return git(directory, ['rev-parse', 'HEAD']).trim()
  }

  tag(name: string, commit: string): void {
    git(this.origin.directory, ['tag', name, commit])
  }

  branch(name: string, commit: string): void {
    git(this.origin.directory, ['branch', name, commit])
  }

  /** Digest that a tag names in the registry. */
  async digest(environment: string, tag: string): Promise<string | undefined> {
    const store = this.client.repository(parseRepository(`${this.registry.address}/${environment}/${APP}`))
    return (await store.head(tag))?.digest
  }

  /** Digest that git says for an environment. */
  delivered(environment: string): string | undefined {
    return /sha256:[0-9a-f]{64}/.exec(this.gitops.show(`${environment}/${APP}/kustomization.yaml`))?.[0]
  }

  #files(source: string): Record<string, string> {
    const signers = Object.entries(SIGNERS).map(([id, mayAssert]) => ({
      id,
      kind: 'key',
      key: createPublicKey(this.key(id as Signer))
        .export({ type: 'spki', format: 'pem' })
        .toString(),
      mayAssert,
      ...(id === 'rita' && { identity: 'rita@example.com', roles: ['release-manager'] }),
    }))
    return {
      'waybill.yaml': `${JSON.stringify(this.#config(source), undefined, 1)}\n`,
      'trust.yaml': `${JSON.stringify({ version: 1, signers }, undefined, 1)}\n`,
      'app/hello.txt': 'hello\n',
      '.gitignore': 'out/\n',
      'tests.js': TESTS,
    }
  }

  #config(source: string): object {
    const place = (name: string) => ({
      repository: `${this.registry.address}/${name}/{application}`,
      deliver: [{ kustomize: { repository: this.gitops.directory, path: `${name}/{application}` } }],
      prove: [{ command: 'true' }],
    })
    const key = (name: string) => ({ key: `env://${name}` })
    return {
      version: 1,
      applications: { [APP]: { source, build: { context: 'app' } } },
      environments: {
        dev: {
          ...place('dev'),
          accepts: 'build',
          tags: ['git-{commit}', 'dev'],
          gates: [{ provenance: { event: 'push', branches: ['main'] } }, { tests: { suites: ['unit'] } }],
        },
        staging: {
          ...place('staging'),
          after: 'dev',
          tags: ['{version}-rc.{n}'],
          gates: [{ passed: { environment: 'dev' } }],
        },
        prod: {
          ...place('prod'),
          after: 'staging',
          tags: ['{version}', 'stable'],
          gates: [
            { passed: { environment: 'staging' } },
            { approval: { count: 1, roles: ['release-manager'] } },
          ],
        },
      },
      trust: 'trust.yaml',
      sign: {
        build: key('BUILD_KEY'),
        tests: key('EVIDENCE_KEY'),
        vulnerabilities: key('EVIDENCE_KEY'),
        promotion: key('PROMOTION_KEY'),
        pass: key('PASS_KEY'),
      },
      checks: [{ gitleaks: {} }],
      tests: {
        suites: [
          {
            name: 'unit',
            run: ['node', 'tests.js'],
            reports: ['out/junit.xml', 'out/cobertura-coverage.xml'],
          },
        ],
      },
      ci: {
        promote: { staging: { branches: ['release/*'] }, prod: { tags: ['v*'] } },
        login: { [this.registry.address]: { user: 'REGISTRY_USER', password: 'REGISTRY_PASSWORD' } },
        azure: { variableGroups: ['{environment}-secrets'] },
      },
    }
  }
}

/** Passes; leaves what a test runner leaves. */
const TESTS = `const fs = require('node:fs')
fs.mkdirSync('out', { recursive: true })
if (fs.existsSync('app/broken')) process.exit(1)
fs.writeFileSync('out/junit.xml', '<testsuite name="unit" tests="1"><testcase classname="a" name="works"/></testsuite>')
fs.writeFileSync('out/cobertura-coverage.xml', '<coverage line-rate="0.9" lines-covered="9" lines-valid="10" version="1"><packages/></coverage>')
`

/** @param source where the CI system says the source is */
export async function openHostedWorld(t: Cleanup, source: string): Promise<HostedWorld> {
  const registry = await embeddedRegistry(t, { auth: { kind: 'basic', users: new Map([['ci', PASSWORD]]) } })
  const world = new HostedWorld(await temporaryDirectory(t), registry, source)
  t.after(async () => {
    await world.client.close()
    world.origin[Symbol.dispose]()
    world.gitops[Symbol.dispose]()
  })
  return world
}
