import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, systemReason } from '../base/index.ts'
import type { SignConfig } from '../config/index.ts'
import { readPrivateKey } from '../signing/index.ts'
import type { KeySigner } from '../signing/index.ts'
import { wiringErrors } from './errors.ts'
import { PASSWORDS } from './without-keys.ts'

const VARIABLE = /^env:\/\/([A-Za-z_][A-Za-z0-9_]*)$/

/** Signing keys by where they live: `env://NAME` or a file beside waybill.yaml. Each is read once, when first needed. */
export class KeyRing {
  readonly #read = new Map<string, Promise<KeySigner>>()
  readonly #sign: SignConfig
  readonly #directory: string
  readonly #env: NodeJS.ProcessEnv

  constructor(sign: SignConfig, directory: string, env: NodeJS.ProcessEnv) {
    this.#sign = sign
    this.#directory = directory
    this.#env = env
  }

  has(fact: string): boolean {
    return this.#sign[fact] !== undefined
  }

  /** The key that signs a class of fact. @throws KEY_UNCONFIGURED, KEY_UNREADABLE, KEY_INVALID, KEY_PASSWORD */
  async signer(fact: string): Promise<KeySigner> {
    const entry = this.#sign[fact]
    if (entry) return this.key(entry.key, this.#directory, entry.password)
    throw fail(wiringErrors.KEY_UNCONFIGURED, {
      message: `No key is configured for "${fact}".`,
      where: `sign.${fact}`,
    })
  }

  /** A key by reference; relative files start at `directory`. */
  key(reference: string, directory: string, password?: string): Promise<KeySigner> {
    const id = `${directory}\n${reference}`
    const reading = this.#read.get(id) ?? this.#readKey(reference, directory, password)
    this.#read.set(id, reading)
    return reading
  }

  /**
   * The caller's environment without anything that could sign: what other people's commands get.
   * @param more references (`env://NAME`) to other secrets that are none of their business
   */
  publicEnvironment(more: readonly string[] = []): NodeJS.ProcessEnv {
    const entries = Object.values(this.#sign).flatMap((entry) =>
      entry ? [entry.key, entry.password ?? ''] : [],
    )
    const secret = new Set([...PASSWORDS, ...[...entries, ...more].map((entry) => VARIABLE.exec(entry)?.[1])])
    return Object.fromEntries(Object.entries(this.#env).filter(([name]) => !secret.has(name)))
  }

  async #readKey(reference: string, directory: string, password: string | undefined): Promise<KeySigner> {
    const text = await this.#textOf(reference, directory)
    return readPrivateKey(text, this.#passwordOf(password), reference)
  }

  async #textOf(reference: string, directory: string): Promise<string> {
    // A key pasted where its name belongs: no message may repeat it.
    if (/-----|\n/.test(reference)) {
      throw fail(wiringErrors.KEY_UNREADABLE, {
        message: 'Found the text of a key, expected where it is: env://NAME or a file.',
        next: 'Put the key into a file or an environment variable and name that.',
      })
    }
    const variable = VARIABLE.exec(reference)?.[1]
    if (variable !== undefined) {
      const value = this.#env[variable]
      if (value) return value
      throw fail(wiringErrors.KEY_UNREADABLE, {
        message: `The environment variable ${variable} is not set.`,
        where: reference,
      })
    }
    try {
      return await readFile(resolve(directory, reference), 'utf8')
    } catch (cause) {
      throw fail(wiringErrors.KEY_UNREADABLE, {
        message: `Cannot read the key: ${systemReason(cause) ?? (cause as Error).message}.`,
        where: resolve(directory, reference),
        cause,
      })
    }
  }

  #passwordOf(reference: string | undefined): string | undefined {
    const variable = reference === undefined ? undefined : VARIABLE.exec(reference)?.[1]
    if (variable !== undefined) return this.#env[variable]
    return PASSWORDS.map((name) => this.#env[name]).find((value) => value !== undefined)
  }
}
