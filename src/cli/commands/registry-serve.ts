import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, printableLine } from '../../base/index.ts'
import { profiles, serveRegistry } from '../../embedded/index.ts'
import type { ProfileName, RegistryAuth } from '../../embedded/index.ts'
import { command } from '../command.ts'
import type { Invocation } from '../command.ts'
import { cliErrors } from '../errors.ts'
import { given, optional, required } from '../flags.ts'
import { usage } from '../usage.ts'

interface Flags {
  readonly root: string
  readonly listen: string | undefined
  readonly username: string | undefined
  readonly passwordFile: string | undefined
  readonly profile: string | undefined
}

const PATH = ['registry', 'serve']
const PROFILES = Object.keys(profiles).join(', ')

export default command<Flags, []>({
  description:
    'An OCI distribution 1.1 registry that keeps everything in one folder. It speaks plain HTTP: put a TLS proxy before it when it leaves this machine. Ctrl-C stops it.',
  examples: [
    { line: 'registry serve --root ./registry', about: 'at 127.0.0.1:5000, for everyone on this machine' },
    {
      line: 'registry serve --root ./registry --username ci --password-file pw.txt',
      about: 'with a name and a password',
    },
    {
      line: 'registry serve --root ./lab --profile ghcr,slow',
      about: 'with the quirks of a registry in the field, to test clients',
    },
  ],
  outputs: ['text', 'json'],
  parameters: {
    flags: {
      root: required('folder', 'Where images are kept; made when missing'),
      listen: optional('host:port', 'Where to listen (default: 127.0.0.1:5000; port 0 = any)'),
      username: optional('name', 'Ask for this name'),
      passwordFile: optional('file', 'File with the password of that name'),
      profile: optional('name[,name]', `Misbehave like these, for tests: ${PROFILES}`),
    },
  },
  run: async (invocation, flags) => {
    const address = parseListen(flags.listen ?? '127.0.0.1:5000')
    const auth = await authOf(invocation, flags)
    const root = resolve(invocation.cwd, flags.root)
    const profile = (flags.profile ?? '').split(',').filter(Boolean).map(profileNamed)
    const registry = await serveRegistry({ root, ...address, ...given({ auth }), profile })
    const like = profile.length > 0 ? ` as ${profile.join(', ')}` : ''
    invocation.announce(() => `Serving ${printableLine(root)} at ${registry.url}${like}. Ctrl-C stops it.`)
    await aborted(invocation.signal)
    await registry.close()
    const value = { kind: 'registry', root, address: registry.address }
    return { exit: 0, value, text: () => `Stopped ${registry.address}.\n` }
  },
})

function parseListen(text: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([0-9a-f:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text)
  const host = parts?.[1] ?? parts?.[2]
  const port = Number(parts?.[3])
  if (host === undefined || port > 65_535)
    throw usage(`Found "${text}" for --listen, expected host:port`, PATH)
  return { host, port }
}

function profileNamed(text: string): ProfileName {
  const name = text.trim()
  if (Object.hasOwn(profiles, name)) return name as ProfileName
  throw usage(`Found "${name}" for --profile, expected one or more of ${PROFILES}`, PATH)
}

async function authOf({ cwd }: Invocation, flags: Flags): Promise<RegistryAuth | undefined> {
  const { username, passwordFile } = flags
  if (username === undefined && passwordFile === undefined) return undefined
  if (username === undefined || passwordFile === undefined) {
    throw usage('--username and --password-file go together', PATH)
  }
  const text = await readFile(resolve(cwd, passwordFile), 'utf8').catch((cause: unknown) => {
    throw fail(cliErrors.PASSWORD_FILE_INVALID, {
      message: 'The password file cannot be read.',
      where: passwordFile,
      cause,
    })
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '') {
    throw fail(cliErrors.PASSWORD_FILE_INVALID, {
      message: 'The password file is empty.',
      where: passwordFile,
    })
  }
  return { kind: 'basic', users: new Map([[username, password]]) }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve: done } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => done(), { once: true })
  await promise
}
