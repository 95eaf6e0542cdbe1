import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fail, Lasting, limits, parseSecretJson } from '../../base/index.ts'
import type { Repository } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { askHelper } from './credential-helper.ts'
import type { Credential, CredentialSource } from './credentials.ts'
import { readDockerConfig } from './docker-config-file.ts'
import type { AuthEntry, DockerConfigFile } from './docker-config-file.ts'

const HUB_SERVER = 'https://index.docker.io/v1/'
const HUB_NAMES = ['docker.io', 'index.docker.io', 'registry-1.docker.io']
// Helpers do not say how long what they give lasts; Google's gives an hour or what is left of it.
const HELPER_LASTS = 5 * 60_000

/**
 * Credentials as docker, podman and skopeo leave them: `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json`
 * (default `~/.docker`), podman's runtime auth.json; in each, `credHelpers` before `credsStore` before `auths`.
 * Files are read once, when first needed; a helper is started once in five minutes, or when its answer was refused.
 */
export function dockerCredentials(env: NodeJS.ProcessEnv): CredentialSource {
  let files: Promise<readonly LoadedFile[]> | undefined
  const answers = new Lasting<Credential>()
  const ask = (name: string, server: string, renew: boolean) =>
    answers.get(`${name} ${server}`, renew, async () => {
      const value = await askHelper(name, server, env)
      return { value, lasts: HELPER_LASTS }
    })
  return {
    async credentialFor(repository, how) {
      files ??= Promise.all(candidateFiles(env).map(load))
      for (const file of await files) {
        const found = await lookUp(file, repository, (name, server) => ask(name, server, how?.renew ?? false))
        if (found) return found
      }
      return undefined
    },
  }
}

type AskHelper = (name: string, server: string) => Promise<Credential | undefined>

interface LoadedFile {
  readonly path: string
  readonly config: DockerConfigFile
}

function candidateFiles(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env.HOME ?? homedir()
  return [
    ...(env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : []),
    join(env.DOCKER_CONFIG ?? join(home, '.docker'), 'config.json'),
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json')] : []),
  ]
}

async function load(path: string): Promise<LoadedFile> {
  const bytes = await readOptional(path)
  const wrong = (place: string, expected: string) =>
    broken(path, place ? `${place}: expected ${expected}.` : `Expected ${expected}.`)
  if (!bytes || bytes.length === 0) return { path, config: readDockerConfig({}, wrong) }
  if (bytes.length > limits.configFileBytes)
    throw broken(path, `It is larger than ${limits.configFileBytes} bytes.`)
  const json = parseSecretJson(bytes, path)
  if (json === undefined) throw broken(path, 'It is not strict JSON.')
  return { path, config: readDockerConfig(json, wrong) }
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw broken(path, `It cannot be read (${code}).`, cause)
  }
}

async function lookUp({ config, path }: LoadedFile, repository: Repository, ask: AskHelper) {
  const keys = keysFor(repository)
  const helper = keys.map((key) => config.credHelpers.get(key)).find(Boolean)
  const server = repository.registry === 'docker.io' ? HUB_SERVER : repository.registry
  if (helper) return ask(helper, server)
  const stored = config.credsStore ? await ask(config.credsStore, server) : undefined
  if (stored) return stored
  const auths = new Map([...config.auths].map(([key, value]) => [normalKey(key), value]))
  for (const key of keys) {
    const found = auths.get(key)
    const credential = found && credentialOf(found, path, key)
    if (credential) return credential
  }
  return undefined
}

/** Longest first: podman keys credentials by repository or any prefix of it (containers-auth.json(5)). */
function keysFor({ registry, name }: Repository): readonly string[] {
  const hosts = registry === 'docker.io' ? HUB_NAMES : [registry]
  const parts = name.split('/')
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
  return hosts.flatMap((host) => [...paths.map((path) => `${host}/${path}`), host])
}

/** `https://host/v2/` and `host` are the same key to docker. */
function normalKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '')
}

function credentialOf(found: AuthEntry, path: string, key: string): Credential | undefined {
  const pair = found.auth ? decodePair(found.auth, path, key) : undefined
  const username = pair?.username ?? found.username ?? ''
  const password = pair?.password ?? found.password ?? ''
  if (found.registrytoken) return { kind: 'bearer', token: found.registrytoken }
  if (found.identitytoken) return { kind: 'identity', username, token: found.identitytoken }
  return username || password ? { kind: 'basic', username, password } : undefined
}

function decodePair(auth: string, path: string, key: string) {
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) throw broken(path, `auths["${key}"].auth is not base64 of user:password.`)
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
}

function broken(path: string, message: string, cause?: unknown) {
  return fail(registryErrors.CREDENTIALS_FAILED, {
    message: `The credentials file cannot be used. ${message}`,
    where: path,
    cause,
  })
}
