import { fail, isFailure, parseJson, systemReason } from '../base/index.ts'
import { predicateUri } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import { namesEnvironment } from './asserted-environment.ts'
import { signingErrors } from './errors.ts'
import { keyHint, readPublicKey, spki } from './public-key.ts'
import { repositoryPattern } from './repository-pattern.ts'
import type { SignerEntry, TrustFile } from './schema.ts'
import type { Rights, TrustedSigner, TrustPolicy } from './trust.ts'

type ReadFile = (path: string) => string

/**
 * The parsed trust file with its key files → the policy that verification uses.
 * @param readFile reads a path as written in the file; the caller resolves it beside the file
 * @throws TRUST_INVALID, KEY_INVALID
 */
export async function compileTrust(
  parsed: TrustFile,
  readFile: ReadFile,
  where: string,
): Promise<TrustPolicy> {
  const compiled = await Array.fromAsync(parsed.signers, (entry) => compileSigner(entry, readFile, where))
  refuseTwins(
    compiled.map(({ signer }) => signer.id),
    'the id',
    where,
  )
  // Two ids for one key would let one holder count as two approvers.
  refuseTwins(
    compiled.map(({ material }) => material),
    'the same key or identity',
    where,
  )
  const content = compiled
    .map(({ signer, material, entry }) => canonical(signer, material, entry))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return {
    digest: digestOf(JSON.stringify({ version: parsed.version, signers: content })),
    signers: compiled.map(({ signer }) => signer),
  }
}

async function compileSigner(entry: SignerEntry, readFile: ReadFile, where: string) {
  const rights = rightsOf(entry, where)
  if (entry.kind === 'key') {
    const key = readPublicKey(pemOf(entry, readFile, where), `${where}, signer ${entry.id}`)
    const signer: TrustedSigner = { ...rights, kind: 'key', key, hint: keyHint(key) }
    return { entry, signer, material: spki(key).toString('base64') }
  }
  const text = readOrFail(entry.trustedRoot, readFile, `${where}, signer ${entry.id}`)
  // Sigstore's own libraries, which a policy of keys does not need.
  const { readTrustedRoot, verifyKeyless } = await import('./keyless.ts')
  const { identity, issuer } = entry
  const root = readTrustedRoot(rootJson(text, entry.trustedRoot), entry.trustedRoot)
  const verify = (json: unknown) => verifyKeyless(json, { root, subject: identity, issuer })
  const signer: TrustedSigner = { ...rights, kind: 'keyless', verify }
  return { entry, signer, material: JSON.stringify([digestOf(text), issuer, identity]) }
}

function rightsOf(entry: SignerEntry, where: string): Rights {
  const mayAssert = new Set(entry.mayAssert.map((name) => predicateUri(name) ?? name))
  if (entry.environments && ![...mayAssert].some(namesEnvironment)) {
    throw fail(signingErrors.TRUST_INVALID, {
      message: `Signer ${entry.id} has environments, but nothing it may assert names an environment.`,
      where,
      next: 'Remove environments from this signer, or let it assert pass, promotion or approval.',
    })
  }
  const { start, end } = entry.validFor ?? {}
  return {
    id: entry.id,
    // People are compared with commit authors, whose addresses are lower case.
    identity: entry.identity?.toLowerCase(),
    roles: entry.roles,
    validFor: { start: start ? new Date(start) : undefined, end: end ? new Date(end) : undefined },
    mayAssert,
    environments: entry.environments,
    repositories: entry.repositories?.map(repositoryPattern),
  }
}

function pemOf(entry: SignerEntry & { kind: 'key' }, readFile: ReadFile, where: string): string {
  return entry.key.includes('-----BEGIN ')
    ? entry.key
    : readOrFail(entry.key, readFile, `${where}, signer ${entry.id}`)
}

function readOrFail(path: string, readFile: ReadFile, where: string): string {
  try {
    return readFile(path)
  } catch (cause) {
    throw fail(signingErrors.TRUST_INVALID, {
      message: `Cannot read ${path}: ${systemReason(cause) ?? (cause instanceof Error ? cause.message : String(cause))}.`,
      where,
      cause,
    })
  }
}

function rootJson(text: string, where: string): unknown {
  try {
    return parseJson(Buffer.from(text), where)
  } catch (cause) {
    if (!isFailure(cause)) throw cause
    // The parser's message quotes what it read, which may be any file.
    throw fail(signingErrors.TRUST_INVALID, { message: 'The trusted root is not strict JSON.', where, cause })
  }
}

function refuseTwins(values: readonly string[], what: string, where: string): void {
  const twin = values.find((value, index) => values.indexOf(value) !== index)
  if (twin === undefined) return
  const shown = what === 'the id' ? ` ${twin}` : ''
  throw fail(signingErrors.TRUST_INVALID, {
    message: `Found ${what}${shown} in two signers, expected each once.`,
    where,
  })
}

function canonical(signer: TrustedSigner, material: string, entry: SignerEntry) {
  const { id, kind, identity, roles, validFor, mayAssert, environments } = signer
  return {
    id,
    kind,
    material,
    identity,
    roles: roles.toSorted(),
    validFor: [validFor.start?.toISOString(), validFor.end?.toISOString()],
    mayAssert: [...mayAssert].toSorted(),
    environments: environments?.toSorted(),
    repositories: entry.repositories?.toSorted(),
  }
}
