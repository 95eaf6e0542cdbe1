import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../src/base/command.ts'
import { encryptPrivateKey } from '../../src/signing/index.ts'
import { findTool } from './outside-tool.ts'

const program = await findTool('cosign')

/** Why cosign cannot be used here; false when it can (for a test's `skip`). */
export const noCosign: string | false = program === undefined && 'cosign is not on this machine'

// No service of the public Sigstore is asked for anything.
const SIGN = ['--yes', '--tlog-upload=false', '--use-signing-config=false', '--allow-http-registry']
const VERIFY = ['--insecure-ignore-tlog', '--allow-http-registry']
const PASSWORD = 'hello'
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

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Makes NAME.key, encrypted as cosign wants it, and NAME.pub. */
  async key(name: string, privatePem: string, publicPem: string): Promise<void> {
    await writeFile(this.#file(`${name}.key`), await encryptPrivateKey(privatePem, PASSWORD))
    await writeFile(this.#file(`${name}.pub`), publicPem)
  }

  async sign(key: string, image: string, ...flags: readonly string[]): Promise<void> {
    await this.#run('sign', '--key', this.#file(`${key}.key`), ...SIGN, ...flags, image)
  }

  async attest(
    key: string,
    type: string,
    predicate: object,
    image: string,
    ...flags: readonly string[]
  ): Promise<void> {
    const file = this.#file('predicate.json')
    await writeFile(file, JSON.stringify(predicate))
    const what = ['--type', type, '--predicate', file]
    await this.#run('attest', '--key', this.#file(`${key}.key`), ...SIGN, ...flags, ...what, image)
  }

  async verify(key: string, image: string, ...flags: readonly string[]): Promise<void> {
    await this.#run('verify', '--key', this.#file(`${key}.pub`), ...VERIFY, ...flags, image)
  }

  /** The verified statements of one type. `type`: a URI or one of cosign's short names. */
  async verifyAttestation(key: string, type: string, image: string): Promise<readonly Statement[]> {
    const words = ['verify-attestation', '--key', this.#file(`${key}.pub`), '--type', type]
    const stdout = await this.#run(...words, ...VERIFY, image)
    return stdout.split('\n').filter(Boolean).map(statementOf)
  }

  /** Fails when cosign does anything but say no. */
  async refuses(attempt: Promise<unknown>, why = /signature|verif|attestation/i): Promise<void> {
    await assert.rejects(attempt, { code: 'COMMAND_FAILED', message: why })
  }

  #file(name: string): string {
    return join(this.#directory, name)
  }

  async #run(...args: readonly string[]): Promise<string> {
    const env = { HOME: this.#directory, COSIGN_PASSWORD: PASSWORD, PATH: process.env.PATH }
    const { stdout } = await run(program ?? 'cosign', args, { env, timeout: LONGEST_MILLISECONDS })
    return stdout.toString('utf8')
  }
}

function statementOf(line: string): Statement {
  const { payload } = JSON.parse(line) as { payload: string }
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Statement
}
