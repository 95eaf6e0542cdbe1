import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, systemReason } from '../base/index.ts'
import type { Send } from '../cloud/index.ts'
import type { SignConfig } from '../config/index.ts'
import { isKeyService, openKmsKey, readPrivateKey } from '../signing/index.ts'
import type { KeySigner } from '../signing/index.ts'
import { wiringErrors } from './errors.ts'
import { connect } from './images.ts'
import { keyServiceAccess } from './key-services.ts'
import { variableOf } from './variable.ts'
import { PASSWORDS, signingVariables } from './without-keys.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** A signer, and for a key in a key service which of its versions it is. */
export interface FoundKey extends KeySigner {
  readonly version?: string
}

/**
 * Signing keys by where they live: `env://NAME`, a file beside waybill.yaml, or a key service. Each is read once, when
 * first needed.
 */
export class KeyRing {
  readonly #read = new Map<string, Promise<FoundKey>>()
  readonly #sign: SignConfig
  readonly #directory: string
  readonly #env: NodeJS.ProcessEnv

  readonly #send: () => Send

  /** `send`: how key services are reached; asked for when there is one. */
  constructor(sign: SignConfig, directory: string, env: NodeJS.ProcessEnv, send: () => Send) {
    this.#send = send
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

  /** A key by reference; relative files start at `directory`. @throws see `signer`, and OpenRemoteKey */
  key(reference: string, directory: string, password?: string): Promise<FoundKey> {
    const id = isKeyService(reference) ? reference : `${directory}\n${reference}`
    const reading = this.#read.get(id) ?? this.#readKey(reference, directory, password)
    this.#read.set(id, reading)
    // A service that did not answer may do so next time.
    reading.catch(() => this.#read.delete(id))
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
    const secret = new Set([
      ...signingVariables(entries),
      ...[...entries, ...more].map((entry) => variableOf(entry)),
    ])
    return Object.fromEntries(Object.entries(this.#env).filter(([name]) => !secret.has(name)))
  }

  async #readKey(reference: string, directory: string, password: string | undefined): Promise<FoundKey> {
    refusePastedKey(reference)
    if (isKeyService(reference)) return openKmsKey(reference, keyServiceAccess(this.#env, this.#send()))
    const text = await this.#textOf(reference, directory)
    return readPrivateKey(text, this.#passwordOf(password), reference)
  }

  async #textOf(reference: string, directory: string): Promise<string> {
    const variable = variableOf(reference)
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
    const variable = reference === undefined ? undefined : variableOf(reference)
    if (variable !== undefined) return this.#env[variable]
    return PASSWORDS.map((name) => this.#env[name]).find((value) => value !== undefined)
  }
}

/** A key pasted where its name belongs: no message may repeat it. */
function refusePastedKey(reference: string): void {
  if (!/-----|\n/.test(reference)) return
  throw fail(wiringErrors.KEY_UNREADABLE, {
    message: 'Found the text of a key, expected where it is: env://NAME, a file or a key service.',
    next: 'Put the key into a file or an environment variable and name that.',
  })
}

/** One key without a waybill.yaml; relative files start at `cwd`. @throws see `KeyRing.key` */
export async function readKey(
  reference: string,
  { cwd, env, signal }: Pick<WorkspaceOptions, 'cwd' | 'env' | 'signal'>,
): Promise<FoundKey> {
  const client = connect({ env, signal }, new Set())
  try {
    return await new KeyRing({}, cwd, env, () => client.send).key(reference, cwd)
  } finally {
    await client.close()
  }
}
