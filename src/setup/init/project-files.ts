import { lstat, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from '../../base/index.ts'
import { writeNewFile } from '../../base/new-file.ts'
import { setupErrors } from '../errors.ts'
import type { WrittenFile } from '../init-answer.ts'
import { configText, keyNames, trustText } from './draft.ts'
import type { Plan } from './draft.ts'
import { environmentText, keptKey, projectKeys } from './new-keys.ts'

/** Where a project is, and where its private keys are; absolute. */
export interface Places {
  readonly directory: string
  readonly keys: string
}

/** Before the first file is made: what is there already must be as it would be written. @throws FILE_EXISTS, KEY_INVALID */
export async function refuseOthers(plan: Plan, { directory, keys }: Places): Promise<void> {
  const expected = textsOf(plan, { directory, keys })
  for (const name of keyNames) {
    const kept = await keptKey(name, join(keys, `${name}.key`))
    // A public key without its private half is nobody's that we know.
    expected.set(join(directory, 'keys', `${name}.pub`), kept?.publicKeyPem ?? '')
  }
  for (const [path, text] of expected) if (await isOther(path, text)) throw exists(path)
}

/** Is something else there? A link counts as something else. */
async function isOther(path: string, text: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found !== undefined && !(found.isFile() && (await readFile(path, 'utf8')) === text)
}

export function exists(file: string) {
  return fail(setupErrors.FILE_EXISTS, { message: 'The file is already there.', where: file })
}

/** What would be written, in its order. */
export function foreseen(places: Places): readonly WrittenFile[] {
  return written(places).map((file) => ({ ...file, state: 'planned' }))
}

function written({ directory, keys }: Places): readonly Omit<WrittenFile, 'state'>[] {
  return [
    ...keyNames.map((name) => ({ path: join(keys, `${name}.key`), about: `private key: ${name}` })),
    { path: join(keys, 'env'), about: 'sets the keys in a shell' },
    ...keyNames.map((name) => ({
      path: join(directory, 'keys', `${name}.pub`),
      about: `public key: ${name}`,
    })),
    { path: join(directory, 'trust.yaml'), about: 'who may state what' },
    { path: join(directory, 'waybill.yaml'), about: 'the road' },
  ]
}

/** Keys first and waybill.yaml last. @throws FILE_EXISTS when somebody wrote another one meanwhile */
export async function writeProject(plan: Plan, places: Places): Promise<readonly WrittenFile[]> {
  const keys = await projectKeys(places.keys)
  const texts = new Map([
    ...keys.map((key) => [join(places.directory, 'keys', `${key.name}.pub`), key.publicKeyPem] as const),
    ...textsOf(plan, places),
  ])
  const states = new Map<string, WrittenFile['state']>(keys.map(({ file, state }) => [file, state]))
  for (const [path, text] of texts) states.set(path, await writeOrKeep(path, text))
  return written(places).map((file) => ({ ...file, state: states.get(file.path) ?? 'kept' }))
}

/** All but the keys, in the order they are written. */
function textsOf(plan: Plan, { directory, keys }: Places): Map<string, string> {
  return new Map([
    [join(keys, 'env'), environmentText(keys)],
    [join(directory, 'trust.yaml'), trustText()],
    [join(directory, 'waybill.yaml'), configText(plan)],
  ])
}

/** The same text from an earlier run that broke off is kept; anything else is not ours. @throws FILE_EXISTS */
async function writeOrKeep(path: string, text: string): Promise<WrittenFile['state']> {
  await mkdir(dirname(path), { recursive: true })
  if (await writeNewFile(path, text, 0o644)) return 'created'
  if (await isOther(path, text)) throw exists(path)
  return 'kept'
}
