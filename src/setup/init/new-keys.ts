import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNewFile } from '../../base/new-file.ts'
import { generateKey, readPrivateKey } from '../../signing/index.ts'
import { keyNames, variableFor } from './draft.ts'
import type { KeyName } from './draft.ts'
import { shellQuoted, shellWord } from './quoting.ts'

/** A private key outside git and the text of its public half. */
export interface ProjectKey {
  readonly name: KeyName
  readonly file: string
  readonly publicKeyPem: string
  readonly state: 'created' | 'kept'
}

/**
 * Makes the keys of a project; those that an earlier run made are kept, so that a run which broke off can be repeated.
 * @throws KEY_INVALID when a file that is there holds no key
 */
export async function projectKeys(folder: string): Promise<readonly ProjectKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const keys: ProjectKey[] = []
  for (const name of keyNames) keys.push(await keyAt(name, join(folder, `${name}.key`)))
  return keys
}

async function keyAt(name: KeyName, file: string): Promise<ProjectKey> {
  const kept = await keptKey(name, file)
  if (kept) return kept
  const { privateKeyPem, publicKeyPem } = generateKey()
  if (await writeNewFile(file, privateKeyPem, 0o600)) return { name, file, publicKeyPem, state: 'created' }
  // Somebody else began the project at the same time, and was faster.
  return keyAt(name, file)
}

/** The key that an earlier run left; undefined when there is none. @throws KEY_INVALID */
export async function keptKey(name: KeyName, file: string): Promise<ProjectKey | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { publicKey } = await readPrivateKey(text, undefined, file)
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { name, file, publicKeyPem, state: 'kept' }
}

/** A file to source in a shell: the keys as waybill.yaml expects them. */
export function environmentText(folder: string): string {
  const lines = keyNames.map((name) => {
    return `export ${variableFor(name)}="$(cat ${shellQuoted(join(folder, `${name}.key`))})"`
  })
  return `# The signing keys as waybill.yaml expects them:  . ${shellWord(join(folder, 'env'))}\n${lines.join('\n')}\n`
}
