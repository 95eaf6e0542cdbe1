import { fail, systemReason } from '../base/index.ts'
import { predicateUri } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import { namesEnvironment } from './asserted-environment.ts'
import { signingErrors } from './errors.ts'
import { keyHint, readPublicKey, spki } from './public-key.ts'
import { repositoryPattern } from './repository-pattern.ts'
import type { AuthorityEntry, SignerEntry, TrustFile } from './schema.ts'
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
  const time = await compileTime(parsed.timestampAuthorities ?? [], readFile, where)
  refuseTwins(
    compiled.map(({ signer }) => signer.id),
    'the id',
    where,
  )
  // Two ids for one key would let one holder count as two approvers.
  refuseTwins(
    compiled.map(({ who }) => who),
    'the same key or identity',
    where,
  )
  const content = compiled
    .map(({ signer, material, entry }) => canonical(signer, material, entry))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return {
    digest: digestOf(JSON.stringify({ version: parsed.version, time: time?.content, signers: content })),
    signers: compiled.map(({ signer }) => signer),
    expires: parsed.expires === undefined ? undefined : new Date(parsed.expires),
    provenTime: time?.provenTime ?? (() => undefined),
  }
}

async function compileTime(entries: readonly AuthorityEntry[], readFile: ReadFile, where: string) {
  if (entries.length === 0) return undefined
  const { compileAuthorities } = await import('./time/compile-authorities.ts')
  return compileAuthorities(entries, (named) => textOf(named, readFile, `${where}, timestampAuthorities`))
}

/** `who`: what a signer is told apart by. `material`: what the policy's digest covers of it. */
async function compileSigner(entry: SignerEntry, readFile: ReadFile, where: string) {
  const rights = rightsOf(entry, where)
  const place = `${where}, signer ${entry.id}`
  switch (entry.kind) {
    case 'key':
    case 'kms': {
      const key = readPublicKey(textOf(entry.key, readFile, place), place)
      const signer: TrustedSigner = { ...rights, kind: 'key', key, hint: keyHint(key) }
      const material = spki(key).toString('base64')
      return { entry, signer, who: material, material }
    }
    case 'x509': {
      const { x509Trust } = await import('./x509/x509-trust.ts')
      const { flaw, content } = x509Trust(textOf(entry.certificates, readFile, place), entry.identity, place)
      const acceptsNow = entry.at === 'now'
      const signer: TrustedSigner = { ...rights, kind: 'x509', acceptsNow, flaw }
      // Whatever the authority: an identity is one signer, or it would count as two.
      return { entry, signer, who: `x509 ${entry.identity}`, material: JSON.stringify(content) }
    }
    case 'keyless': {
      const signer = await compileKeyless(entry, rights, readFile, place)
      return { entry, ...signer }
    }
  }
}

async function compileKeyless(
  entry: SignerEntry & { kind: 'keyless' },
  rights: Rights,
  readFile: ReadFile,
  place: string,
) {
  const text = readOrFail(entry.trustedRoot, readFile, place)
  // Sigstore's own libraries, which a policy of keys does not need.
  const { parseTrustedRoot, readTrustedRoot, verifyKeyless } = await import('./keyless.ts')
  const { identity, issuer } = entry
  const root = readTrustedRoot(parseTrustedRoot(text, entry.trustedRoot), entry.trustedRoot)
  const verify = (json: unknown, message?: Buffer) =>
    verifyKeyless(json, { root, subject: identity, issuer }, message)
  const signer: TrustedSigner = { ...rights, kind: 'keyless', verify }
  const who = JSON.stringify([issuer, identity])
  return { signer, who, material: JSON.stringify([digestOf(text), issuer, identity]) }
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
    revoked: entry.revoked && { at: new Date(entry.revoked.at), reason: entry.revoked.reason },
    mayAssert,
    environments: entry.environments,
    repositories: entry.repositories?.map(repositoryPattern),
  }
}

/** PEM written here, or the file that is named. */
function textOf(given: string, readFile: ReadFile, where: string): string {
  return given.includes('-----BEGIN ') ? given : readOrFail(given, readFile, where)
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
  const { id, kind, identity, roles, validFor, revoked, mayAssert, environments } = signer
  return {
    id,
    kind,
    material,
    identity,
    roles: roles.toSorted(),
    at: entry.kind === 'x509' ? entry.at : undefined,
    validFor: [validFor.start?.toISOString(), validFor.end?.toISOString()],
    revoked: revoked?.at.toISOString(),
    mayAssert: [...mayAssert].toSorted(),
    environments: environments?.toSorted(),
    repositories: entry.repositories?.toSorted(),
  }
}
