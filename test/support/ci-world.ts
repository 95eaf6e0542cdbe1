import { createPublicKey } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateKey } from '../../src/signing/index.ts'
import { RegistryClient } from '../../src/registry/index.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { BareRepository, git } from './git.ts'
import { embeddedRegistry, temporaryDirectory } from './registries.ts'
import type { Cleanup, LabRegistry } from './registries.ts'
import type { WaybillRun } from './waybill-process.ts'
import { waybill } from './waybill-process.ts'
import { MAIN } from './command-line.ts'

// A small project with everything that its pipelines touch: source and desired state in git, a registry, keys, and the
// real command line as a program on the PATH. What a CI system adds is up to its runner.

const APPLICATION = 'ordersvc'
export const SOURCE = 'https://git.example.com/shop/ordersvc'
const ENVIRONMENTS = ['dev', 'staging', 'prod']
const FACTS = ['build', 'tests', 'promotion', 'pass']

/** Passes, and says so in a report that is new. */
const PASSES = `#!/bin/sh
set -eu
mkdir -p out
printf '<testsuite name="unit" tests="1"><testcase classname="app" name="starts"/></testsuite>' > out/junit.xml
`
export const FAILS = `#!/bin/sh
mkdir -p out
printf '<testsuite name="unit" tests="1" failures="1"><testcase classname="app" name="starts"><failure message="no"/></testcase></testsuite>' > out/junit.xml
exit 1
`
const LINTS = `#!/bin/sh
set -eu
mkdir -p out
printf '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"lint"}},"results":[]}]}' > out/lint.sarif
`

export class CiWorld {
  readonly root: string
  readonly registry: LabRegistry
  readonly gitops: BareRepository
  /** Variable → private key. */
  readonly keys: ReadonlyMap<string, string>
  readonly #source: string
  readonly #client = new RegistryClient({})

  constructor(t: Cleanup, root: string, registry: LabRegistry) {
    this.root = root
    this.registry = registry
    this.keys = new Map(FACTS.map((fact) => [variableOf(fact), generateKey().privateKeyPem]))
    const kustomization = `resources: [../../../base]\nimages:\n  - name: ${APPLICATION}\n    newTag: none\n`
    this.gitops = new BareRepository(
      Object.fromEntries(ENVIRONMENTS.map((name) => [placeOf(name), kustomization])),
    )
    this.#source = join(root, 'source')
    mkdirSync(this.#source)
    git(this.#source, ['init', '--quiet', '--initial-branch=main', '.'])
    git(this.#source, ['remote', 'add', 'origin', `${SOURCE}.git`])
    this.#writeProgram()
    t.after(async () => {
      await this.#client.close()
      this.gitops[Symbol.dispose]()
    })
  }

  /** Variables of the machines that jobs run on. */
  get machine(): Readonly<Record<string, string>> {
    const { NODE_COMPILE_CACHE = join(this.root, 'cache') } = process.env
    return {
      PATH: `${join(this.root, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: join(this.root, 'home'),
      NODE_COMPILE_CACHE,
      WAYBILL_CACHE: 'off',
      GIT_CONFIG_NOSYSTEM: '1',
    }
  }

  /** Writes files and commits them on a branch, which begins at main. Returns the commit. */
  commit(files: Readonly<Record<string, string>>, branch = 'main'): string {
    if (branch !== 'main') git(this.#source, ['switch', '--quiet', '--force-create', branch, 'main'])
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.#source, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      if (path.endsWith('.sh')) chmodSync(file, 0o755)
    }
    git(this.#source, ['add', '--all'])
    git(this.#source, ['commit', '--quiet', '-m', `Change ${Object.keys(files).join(', ')}`])
    const commit = this.head(branch)
    if (branch !== 'main') git(this.#source, ['switch', '--quiet', 'main'])
    return commit
  }

  head(ref = 'main'): string {
    return git(this.#source, ['rev-parse', ref]).trim()
  }

  tag(name: string): void {
    git(this.#source, ['tag', name])
  }

  /** What merging a branch into main would give, which no branch points at. */
  merged(branch: string): string {
    git(this.#source, ['switch', '--quiet', '--detach', 'main'])
    git(this.#source, ['merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, branch])
    const commit = this.head('HEAD')
    git(this.#source, ['switch', '--quiet', 'main'])
    return commit
  }

  /** A new working copy at a commit, with all of its history, whose origin is the project's address. */
  checkout(folder: string, commit: string): void {
    git(this.root, ['clone', '--quiet', '--no-checkout', this.#source, folder])
    git(folder, ['checkout', '--quiet', '--detach', commit])
    git(folder, ['remote', 'set-url', 'origin', `${SOURCE}.git`])
  }

  file(path: string, ref = 'main'): string {
    return git(this.#source, ['show', `${ref}:${path}`])
  }

  /** The command line in the project's folder, as a person runs it. */
  waybill(words: readonly string[]): Promise<WaybillRun> {
    return waybill(words, { cwd: this.#source, env: this.machine })
  }

  repository(environment: string): string {
    return `${this.registry.address}/${environment}/${APPLICATION}`
  }

  tags(environment: string): Promise<readonly string[]> {
    return this.#client.repository(parseRepository(this.repository(environment))).tags()
  }

  async digest(environment: string, tag: string): Promise<Digest | undefined> {
    return (await this.#client.repository(parseRepository(this.repository(environment))).head(tag))?.digest
  }

  /** Digest that git says for an environment. */
  inGit(environment: string): string | undefined {
    return /digest: "?(sha256:[0-9a-f]{64})/.exec(this.gitops.show(placeOf(environment)))?.[1]
  }

  /** Commits of promotions in git, newest first. */
  promotions(): readonly string[] {
    return this.gitops.log().filter((message) => message.includes('Promotion-Record: '))
  }

  #writeProgram(): void {
    const file = join(this.root, 'bin', 'waybill')
    mkdirSync(dirname(file))
    mkdirSync(join(this.root, 'home'))
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
    chmodSync(file, 0o755)
  }

  /** waybill.yaml, trust and the application, with the pipelines of a CI system, committed on main. */
  async begin(system: string, edit: (config: WorldConfig) => void = () => {}): Promise<void> {
    const config = configOf(this)
    edit(config)
    this.commit({
      '.gitignore': 'out/\n',
      'app/main.js': 'console.log("1")\n',
      'lint.sh': LINTS,
      'unit.sh': PASSES,
      'trust.yaml': JSON.stringify(trustOf(this.keys), undefined, 1),
      'waybill.yaml': JSON.stringify(config, undefined, 1),
    })
    const written = await this.waybill(['ci', 'init', system])
    if (written.code !== 0) throw new Error(written.stderr)
    this.commit({ 'README.md': 'ordersvc\n' })
  }
}

export async function openCiWorld(t: Cleanup): Promise<CiWorld> {
  return new CiWorld(t, await temporaryDirectory(t), await embeddedRegistry(t))
}

/** waybill.yaml as JSON, for a test to change before it is written. */
export interface WorldConfig {
  environments: Record<string, Record<string, unknown>>
  ci: Record<string, unknown>
  [key: string]: unknown
}

function variableOf(fact: string): string {
  return `WAYBILL_${fact.toUpperCase()}_KEY`
}

function configOf({ registry, gitops }: CiWorld): WorldConfig {
  const environment = (name: string, more: object) => ({
    repository: `${registry.address}/${name}/{application}`,
    prove: [{ command: 'true' }],
    deliver: [{ kustomize: { repository: gitops.directory, path: `environments/${name}/{application}` } }],
    ...more,
  })
  return {
    version: 1,
    applications: {
      [APPLICATION]: {
        source: SOURCE,
        build: {
          builder: 'native',
          platforms: ['linux/amd64'],
          context: 'app',
          command: ['node', 'main.js'],
        },
      },
    },
    environments: {
      dev: environment('dev', {
        accepts: 'build',
        tags: ['git-{commit}', 'dev'],
        gates: [{ provenance: { event: 'push', branches: ['main'] } }, { tests: { suites: ['unit'] } }],
      }),
      staging: environment('staging', {
        after: 'dev',
        tags: ['{version}-rc.{n}'],
        gates: [{ passed: { environment: 'dev' } }],
      }),
      prod: environment('prod', {
        after: 'staging',
        tags: ['{version}', 'stable'],
        gates: [{ passed: { environment: 'staging' } }],
      }),
    },
    registries: { [registry.address]: { plainHttp: true } },
    trust: 'trust.yaml',
    sign: Object.fromEntries(FACTS.map((fact) => [fact, { key: `env://${variableOf(fact)}` }])),
    checks: [{ command: { name: 'lint', run: ['./lint.sh'], report: 'out/lint.sarif' } }],
    tests: { suites: [{ name: 'unit', run: ['./unit.sh'], reports: ['out/junit.xml'] }] },
    ci: { login: { [registry.address]: { user: 'REGISTRY_USER', password: 'REGISTRY_PASSWORD' } } },
  }
}

function trustOf(keys: ReadonlyMap<string, string>): object {
  const signer = (id: string, fact: string, mayAssert: readonly string[]) => ({
    id,
    kind: 'key',
    key: createPublicKey(keys.get(variableOf(fact)) ?? '')
      .export({ type: 'spki', format: 'pem' })
      .toString(),
    mayAssert,
  })
  return {
    version: 1,
    signers: [
      signer('ci-build', 'build', ['provenance']),
      signer('ci-tests', 'tests', ['test-result']),
      signer('promoter', 'promotion', ['promotion']),
      signer('prover', 'pass', ['pass']),
    ],
  }
}

function placeOf(environment: string): string {
  return `environments/${environment}/${APPLICATION}/kustomization.yaml`
}
