import { access, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fail } from '../../base/index.ts'
import { writeNewFile } from '../../base/new-file.ts'
import { command } from '../command.ts'
import type { Invocation } from '../command.ts'
import { cliErrors } from '../errors.ts'
import { optional, toggle } from '../flags.ts'

interface Flags {
  readonly outputPrefix: string | undefined
  readonly encrypt: boolean | undefined
}

export default command<Flags, []>({
  description:
    'Makes an ECDSA P-256 key pair: <prefix>.key (private, readable by you only) and <prefix>.pub. With --encrypt the private key is written as cosign writes it. Existing files are never overwritten.',
  examples: [
    { line: 'key generate', about: 'writes waybill.key and waybill.pub' },
    { line: 'key generate --output-prefix keys/promotion --encrypt', about: 'asks for a password' },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      outputPrefix: optional('path', 'Where to write, without .key and .pub (default: waybill)'),
      encrypt: toggle('Encrypt the private key with a password'),
    },
  },
  run: async (invocation, { outputPrefix = 'waybill', encrypt }) => {
    const prefix = resolve(invocation.cwd, outputPrefix)
    const [privateFile, publicFile] = [`${prefix}.key`, `${prefix}.pub`]
    await mustBeFree(privateFile)
    await mustBeFree(publicFile)
    const { encryptPrivateKey, generateKey } = await import('../../signing/index.ts')
    const password = encrypt ? await passwordFrom(invocation) : undefined
    const pair = generateKey()
    const secret =
      password === undefined ? pair.privateKeyPem : await encryptPrivateKey(pair.privateKeyPem, password)
    await mkdir(dirname(prefix), { recursive: true, mode: 0o700 })
    await writeNew(privateFile, secret, 0o600)
    await writeNew(publicFile, pair.publicKeyPem, 0o644)
    const value = { kind: 'key', privateKey: privateFile, publicKey: publicFile, encrypted: encrypt === true }
    return {
      exit: 0,
      value,
      text: ({ bold }) =>
        `${bold('Made a key pair')}\n  private  ${privateFile}${encrypt ? ' (encrypted)' : ''}\n  public   ${publicFile}\nKeep the private key out of git. The public key goes into trust.yaml.\n`,
    }
  },
})

async function passwordFrom({ env, askSecret }: Invocation): Promise<string> {
  const given = env.WAYBILL_KEY_PASSWORD ?? env.COSIGN_PASSWORD
  if (given !== undefined) return given
  const typed = await askSecret('Password for the private key: ')
  if (typed === undefined)
    throw fail(cliErrors.PASSWORD_MISSING, 'Found no password and no terminal to ask at.')
  if (typed !== (await askSecret('Once more: '))) {
    throw fail(cliErrors.PASSWORD_MISSING, {
      message: 'The two passwords are not the same.',
      next: 'Run it again.',
    })
  }
  return typed
}

async function mustBeFree(file: string): Promise<void> {
  const taken = await access(file).then(
    () => true,
    () => false,
  )
  if (taken) throw exists(file)
}

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  if (!(await writeNewFile(file, text, mode))) throw exists(file)
}

function exists(file: string) {
  return fail(cliErrors.KEY_FILE_EXISTS, { message: 'The file is already there.', where: file })
}
