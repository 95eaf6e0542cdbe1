import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../src/base/command.ts'
import { encryptPrivateKey } from '../../src/signing/index.ts'
import { findTool, NOWHERE } from './outside-tool.ts'

/** How a fact is stored: as a bundle that refers to the image, or under cosign's own tags. */
export type CosignFormat = 'bundle' | 'legacy'

/** One major of cosign: what it is called here and how it is told to ask no service of the public Sigstore. */
export interface CosignMajor {
  readonly program: string
  /** What it calls an encrypted key file. */
  readonly label: string
  readonly formats: readonly CosignFormat[]
  readonly sign: (format: CosignFormat) => readonly string[]
  readonly verify: (format: CosignFormat) => readonly string[]
}

const SIGSTORE_KEY = 'ENCRYPTED SIGSTORE PRIVATE KEY'
/** A root that trusts nobody: asked for, though a key is all there is to trust. */
const NO_ROOT = 'no-root.json'

const BUNDLE = (format: CosignFormat) => `--new-bundle-format=${format === 'bundle'}`

export const cosignMajors: readonly CosignMajor[] = [
  {
    program: 'cosign',
    label: SIGSTORE_KEY,
    formats: ['bundle', 'legacy'],
    sign: (format) => [
      '--yes',
      '--tlog-upload=false',
      '--use-signing-config=false',
      '--allow-http-registry',
      BUNDLE(format),
    ],
    verify: (format) => ['--insecure-ignore-tlog', '--allow-http-registry', BUNDLE(format)],
  },
  {
    program: 'cosign-2',
    label: SIGSTORE_KEY,
    formats: ['bundle', 'legacy'],
    sign: (format) => ['--yes', '--tlog-upload=false', '--allow-http-registry', BUNDLE(format)],
    verify: (format) => [
      '--insecure-ignore-tlog',
      '--allow-http-registry',
      BUNDLE(format),
      '--trusted-root',
      NO_ROOT,
    ],
  },
  {
    program: 'cosign-1',
    label: 'ENCRYPTED COSIGN PRIVATE KEY',
    formats: ['legacy'],
    sign: () => ['--yes', '--no-tlog-upload', '--allow-insecure-registry'],
    verify: () => ['--allow-insecure-registry'],
  },
]

const [NEWEST] = cosignMajors
const found = new Map<string, string>()
for (const { program } of cosignMajors) {
  const file = await findTool(program)
  if (file !== undefined) found.set(program, file)
}

/** Why this cosign cannot be used here; false when it can (for a test's `skip`). */
export function withoutCosign({ program }: { readonly program: string }): string | false {
  return !found.has(program) && `${program} is not on this machine`
}

export const noCosign: string | false = withoutCosign({ program: 'cosign' })

const PASSWORD = 'hello'
/** What all of them say when there is nothing that this key, this type and this image make good. */
const NO = /(?:Error|execution): (no (matching )?(signatures|attestations)|none of the attestations matched)/
// Several of them share two cores with the tests.
const LONGEST_MILLISECONDS = 60_000

export interface Statement {
  readonly predicateType: string
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[]
  readonly predicate: Record<string, unknown>
}

/** The real cosign with keys of its own, in a directory of its own. */
export class Cosign {
  readonly #directory: string
  readonly #major: CosignMajor

  constructor(directory: string, major = NEWEST) {
    assert.ok(major)
    this.#directory = directory
    this.#major = major
  }

  /** Makes NAME.key, encrypted as cosign wants it, and NAME.pub. */
  async key(name: string, privatePem: string, publicPem: string): Promise<void> {
    const key = await encryptPrivateKey(privatePem, PASSWORD)
    await writeFile(this.#file(`${name}.key`), key.replaceAll(SIGSTORE_KEY, this.#major.label))
    await writeFile(this.#file(`${name}.pub`), publicPem)
  }

  async sign(
    key: string,
    image: string,
    format: CosignFormat = 'bundle',
    ...flags: readonly string[]
  ): Promise<void> {
    const how = ['--key', this.#file(`${key}.key`), ...this.#major.sign(format), ...flags]
    await this.#run('sign', ...how, image)
  }

  async attest(
    key: string,
    type: string,
    predicate: object,
    image: string,
    format: CosignFormat = 'bundle',
  ): Promise<void> {
    const file = this.#file('predicate.json')
    await writeFile(file, JSON.stringify(predicate))
    const what = ['--type', type, '--predicate', file]
    await this.#run('attest', '--key', this.#file(`${key}.key`), ...this.#major.sign(format), ...what, image)
  }

  async verify(
    key: string,
    image: string,
    format: CosignFormat = 'bundle',
    ...flags: readonly string[]
  ): Promise<void> {
    const how = ['--key', this.#file(`${key}.pub`), ...this.#major.verify(format), ...flags]
    await this.#run('verify', ...how, image)
  }

  /** Makes a trusted root, in file `root`, that trusts one time-stamp authority, whose certificates are in `chain`. */
  async trustAuthority(root: string, url: string, chain: string): Promise<void> {
    await this.#run('trusted-root', 'create', '--out', root, '--tsa', `url=${url},certificate-chain=${chain}`)
  }

  /** The verified statements of one type. `type`: a URI or one of cosign's short names. */
  async verifyAttestation(
    key: string,
    type: string,
    image: string,
    format: CosignFormat = 'bundle',
  ): Promise<readonly Statement[]> {
    const words = ['verify-attestation', '--key', this.#file(`${key}.pub`), '--type', type]
    const stdout = await this.#run(...words, ...this.#major.verify(format), image)
    return stdout.split('\n').filter(Boolean).map(statementOf)
  }

  /** Fails when cosign does anything but say no: not finding its way is no answer. */
  async refuses(attempt: Promise<unknown>, why = NO): Promise<void> {
    await assert.rejects(attempt, { code: 'COMMAND_FAILED', message: why })
  }

  #file(name: string): string {
    return join(this.#directory, name)
  }

  async #run(...args: readonly string[]): Promise<string> {
    const env = {
      HOME: this.#directory,
      COSIGN_PASSWORD: PASSWORD,
      PATH: process.env.PATH,
      HTTPS_PROXY: NOWHERE,
    }
    const program = found.get(this.#major.program) ?? this.#major.program
    const root = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }
    await writeFile(this.#file(NO_ROOT), JSON.stringify(root))
    const options = { cwd: this.#directory, env, timeout: LONGEST_MILLISECONDS }
    const { stdout } = await run(program, args, options)
    return stdout.toString('utf8')
  }
}

function statementOf(line: string): Statement {
  const { payload } = JSON.parse(line) as { payload: string }
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Statement
}
