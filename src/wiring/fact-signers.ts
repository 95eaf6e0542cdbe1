import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, systemReason } from '../base/index.ts'
import type { Config, KeylessConfig } from '../config/index.ts'
import { openSigner } from '../signing/index.ts'
import type { KeySigner, Signer, SignerOrder } from '../signing/index.ts'
import { wiringErrors } from './errors.ts'
import { identityToken } from './identity-token.ts'
import type { KeyRing } from './keys.ts'

/** Who signs each class of fact: a key of the ring, with its certificate where there is one, or an identity. */
export class FactSigners {
  readonly #open = new Map<string, Promise<Signer>>()
  readonly #config: Config
  readonly #keys: KeyRing
  readonly #env: NodeJS.ProcessEnv
  readonly #signal: AbortSignal

  constructor(config: Config, keys: KeyRing, env: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.#config = config
    this.#keys = keys
    this.#env = env
    this.#signal = signal
  }

  has(fact: string): boolean {
    return this.#keys.has(fact) || this.#config.signing.facts[fact]?.keyless !== undefined
  }

  /**
   * The signer of a class of fact.
   * @throws KEY_UNCONFIGURED, KEY_UNREADABLE, KEY_INVALID, KEY_PASSWORD, TRUST_INVALID, KEYLESS_WITHOUT_TIME
   */
  signer(fact: string): Promise<Signer> {
    const opening = this.#open.get(fact) ?? this.#openSigner(fact)
    this.#open.set(fact, opening)
    // What could not be opened may be there next time.
    opening.catch(() => this.#open.delete(fact))
    return opening
  }

  /** A key given on the command line, as the signer of a class of fact. */
  withKey(by: KeySigner, fact: string): Promise<Signer> {
    return openSigner({ by, timestamp: this.#timestamp(fact), signal: this.#signal })
  }

  #timestamp(fact: string): string | undefined {
    const { facts, timestamp } = this.#config.signing
    return facts[fact]?.timestamp ?? timestamp
  }

  async #openSigner(fact: string): Promise<Signer> {
    const { keyless, certificate } = this.#config.signing.facts[fact] ?? {}
    return openSigner({
      by: keyless ? this.#service(keyless) : await this.#keys.signer(fact),
      certificate: certificate === undefined ? undefined : await this.#certificate(certificate),
      timestamp: this.#timestamp(fact),
      signal: this.#signal,
    })
  }

  #service({ fulcio, rekor, tsa, identityToken: source }: KeylessConfig): SignerOrder['by'] {
    const world = { directory: this.#config.directory, env: this.#env, signal: this.#signal }
    return { fulcio, rekor, tsa, identityToken: () => identityToken(source, world) }
  }

  async #certificate(file: string) {
    const where = resolve(this.#config.directory, file)
    try {
      return { pem: await readFile(where, 'utf8'), where }
    } catch (cause) {
      throw fail(wiringErrors.KEY_UNREADABLE, {
        message: `Cannot read the certificate: ${systemReason(cause) ?? (cause as Error).message}.`,
        where,
        cause,
      })
    }
  }
}
