import { isObject } from '../../base/index.ts'

/** What docker and podman keep about one host or repository (`auths.<key>`). */
export interface AuthEntry {
  /** Base64 of `user:password`. */
  readonly auth?: string
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
  readonly registrytoken?: string
}

/** The parts of docker's config.json and podman's auth.json that are about credentials. */
export interface DockerConfigFile {
  readonly auths: ReadonlyMap<string, AuthEntry>
  readonly credHelpers: ReadonlyMap<string, string>
  readonly credsStore: string | undefined
}

type Wrong = (place: string, expected: string) => Error

const ENTRY = ['auth', 'username', 'password', 'identitytoken', 'registrytoken'] as const

/**
 * Parsed JSON → what it says about credentials; everything else in it is docker's business. By hand, because every
 * command reads this file and a schema library takes longer to load than the rest of the start.
 * @throws whatever `wrong(place, expected)` returns; the values found are secrets and are not shown
 */
export function readDockerConfig(json: unknown, wrong: Wrong): DockerConfigFile {
  const file = objectAt(json, '', wrong) ?? {}
  const helpers = entriesAt(file.credHelpers, 'credHelpers', wrong)
  return {
    auths: new Map(
      entriesAt(file.auths, 'auths', wrong).map(([key, value]) => [
        key,
        entryAt(value, `auths.${key}`, wrong),
      ]),
    ),
    credHelpers: new Map(
      helpers.map(([key, value]) => [key, textAt(value, `credHelpers.${key}`, wrong) ?? '']),
    ),
    credsStore: textAt(file.credsStore, 'credsStore', wrong),
  }
}

function entryAt(value: unknown, place: string, wrong: Wrong): AuthEntry {
  const found = objectAt(value, place, wrong) ?? {}
  const texts = ENTRY.map((name) => [name, textAt(found[name], `${place}.${name}`, wrong)] as const)
  return Object.fromEntries(texts.filter(([, text]) => text !== undefined))
}

function entriesAt(value: unknown, place: string, wrong: Wrong): readonly [string, unknown][] {
  return Object.entries(objectAt(value, place, wrong) ?? {})
}

/** docker writes null for what it has none of. */
function objectAt(value: unknown, place: string, wrong: Wrong): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined
  if (isObject(value)) return value
  throw wrong(place, 'an object')
}

function textAt(value: unknown, place: string, wrong: Wrong): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw wrong(place, 'a string')
}
