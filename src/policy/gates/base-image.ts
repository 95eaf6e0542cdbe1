import * as z from 'zod'
import { isDigest, shortDigest } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { baseAccounts, repositoryName } from '../base-images.ts'
import type { BaseAccounts, BaseImage } from '../base-images.ts'
import type { Facts } from '../facts.ts'
import { dateOf, staleness } from '../freshness.ts'
import type { GateNeeds } from '../gate-needs.ts'
import { matchesGlob } from '../glob.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration, nonEmpty } from '../options.ts'
import { platformName } from '../platform-name.ts'
import { unusableNote } from '../predicates.ts'

const SCRATCH = 'scratch'

/** `registry/path` with wildcards, `registry/path@digest`, a digest alone, or `scratch`. */
const allowedBase = nonEmpty.transform((text, context) => {
  if (isDigest(text) || text === SCRATCH)
    return { text, repository: undefined, digest: isDigest(text) ? text : undefined }
  const [name = '', digest, ...rest] = text.split('@')
  const repository = /[*?]/.test(name) ? name : repositoryName(name)
  if (repository !== undefined && rest.length === 0 && (digest === undefined || isDigest(digest)))
    return { text, repository, digest }
  context.addIssue({
    code: 'custom',
    message: `found "${text}", expected a repository without tag (* and ** are wildcards), repository@digest, a digest or scratch`,
  })
  return z.NEVER
})

type AllowedBase = z.output<typeof allowedBase>

const layerChain = z
  .array(z.custom<Digest>((value) => isDigest(value), 'expected a digest: sha256: and 64 hex digits'))
  .min(1)

export const baseImageOptions = z.strictObject({
  allow: z
    .array(allowedBase)
    .min(1)
    .describe('Repositories (* and ** are wildcards), repository@digest, digests, or scratch.'),
  signed: z
    .boolean()
    .default(false)
    .describe('Only signed provenance counts, not annotations, which whoever built the image wrote.'),
  layers: z
    .array(layerChain)
    .min(1)
    .optional()
    .describe("Lists of layer digests: every platform's layers must begin with one of them."),
  maxAge: duration
    .optional()
    .describe('How old the lowest layer may be, by the date in the config, e.g. 60d.'),
})

export type BaseImageOptions = z.output<typeof baseImageOptions>

// Builders write the annotations on the platforms' manifests.
export function baseImageNeeds(): GateNeeds {
  return { details: true }
}

/** The image is built on one that is allowed, by signed provenance where there is some, else by annotations. */
export function judgeBaseImage(options: BaseImageOptions, facts: Facts): Judgement {
  const accounts = baseAccounts(facts, options.signed)
  const { basis, unreadable } = accounts
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed provenance statement')} cannot be read.`, unreadable)
  const flaw = disagreement(accounts) ?? flawOf(options, accounts, facts)
  if (flaw !== undefined) return refuse(`${flaw}.`, basis)
  const unknown = detailsMissing(options, facts) ?? undated(options, facts)
  if (unknown !== undefined) return unclear(`${unknown}.`, basis)
  return pass(`${summary(accounts)}.`, accounts.signed.length > 0 || accounts.fromScratch ? basis : [])
}

/** By repository: one account may name the index of the base and the other its platform. */
function disagreement({ signed, annotated, fromScratch }: BaseAccounts): string | undefined {
  if (fromScratch && annotated[0])
    return `The annotations name the base ${quote(annotated[0].name)}, the signed provenance none`
  if (signed.length === 0) return undefined
  const other = annotated.find(
    (base) => base.repository && !signed.some((one) => one.repository === base.repository),
  )
  return other && `The annotations name the base ${quote(other.name)}, the signed provenance ${names(signed)}`
}

function flawOf(options: BaseImageOptions, accounts: BaseAccounts, facts: Facts): string | undefined {
  const note = unusableNote(facts.evidence, 'provenance')
  const wanted = `required: ${listed(options.allow.map(({ text }) => text))}`
  const known = accounts.signed.length > 0 || accounts.fromScratch
  if (!known && options.signed) return `No signed provenance names the base image${note}`
  if (!known && accounts.annotated.length === 0)
    return `Nothing says what the base image is${note}; ${wanted}`
  if (!known && accounts.silent.length > 0)
    return `Nothing says what the base image of ${listed(accounts.silent)} is${note}; ${wanted}`
  if (accounts.fromScratch && !options.allow.some(({ text }) => text === SCRATCH))
    return `Built from scratch, ${wanted}`
  const used = known ? accounts.signed : accounts.annotated
  const wrong = used.find((base) => !options.allow.some((allowed) => isAllowed(base, allowed)))
  if (wrong) return `Built on ${shown(wrong)}${sourceOf(accounts)}, ${wanted}`
  return layersFlaw(options, facts) ?? ageFlaw(options, facts)
}

function isAllowed({ repository, digest }: BaseImage, allowed: AllowedBase): boolean {
  if (allowed.digest !== undefined && allowed.digest !== digest) return false
  if (allowed.repository === undefined) return allowed.digest !== undefined
  return repository !== undefined && matchesGlob(repository, allowed.repository)
}

function layersFlaw({ layers }: BaseImageOptions, { image }: Facts): string | undefined {
  if (!layers) return undefined
  const wrong = (image.details ?? []).filter(
    (one) => !layers.some((chain) => chain.every((digest, at) => one.layers[at] === digest)),
  )
  if (wrong.length === 0) return undefined
  return `The layers of ${listed(wrong.map(({ platform }) => platformName(platform)))} begin with none of those required`
}

function ageFlaw(options: BaseImageOptions, facts: Facts): string | undefined {
  return agesOf(options, facts).find(({ undated: isUndated, text }) => !isUndated && text)?.text
}

function undated(options: BaseImageOptions, facts: Facts): string | undefined {
  return agesOf(options, facts).find(({ undated: isUndated }) => isUndated)?.text
}

function agesOf({ maxAge }: BaseImageOptions, { image, now }: Facts) {
  if (maxAge === undefined) return []
  return (image.details ?? []).map(({ platform, firstLayerOn }) => {
    const dated = dateOf({ provenOn: undefined }, firstLayerOn)
    const stale = staleness(dated, maxAge, now)
    return {
      undated: dated.at === undefined,
      text: stale && `The lowest layer of ${platformName(platform)} ${stale}`,
    }
  })
}

function detailsMissing({ layers, maxAge }: BaseImageOptions, { image }: Facts): string | undefined {
  const isAsked = layers !== undefined || maxAge !== undefined
  const isRead = image.details !== undefined && image.details.length === image.platforms.length
  return isAsked && !(isRead && image.platforms.length > 0)
    ? 'The layers of the image could not be read'
    : undefined
}

function summary(accounts: BaseAccounts): string {
  if (accounts.fromScratch) return 'Built from scratch, by signed provenance'
  const used = accounts.signed.length > 0 ? accounts.signed : accounts.annotated
  return `Built on ${names(used)}${sourceOf(accounts)}`
}

const NAMES_SHOWN = 5

function names(bases: readonly BaseImage[]): string {
  const all = [...new Set(bases.map(shown))]
  const more = all.length > NAMES_SHOWN ? [`${all.length - NAMES_SHOWN} more`] : []
  return listed([...all.slice(0, NAMES_SHOWN), ...more])
}

function sourceOf({ signed, fromScratch }: BaseAccounts): string {
  return signed.length > 0 || fromScratch ? ', by signed provenance' : ', by annotation only'
}

function shown({ repository, digest, name }: BaseImage): string {
  const at = digest ? `@${digest.slice(0, digest.indexOf(':'))}:${shortDigest(digest)}` : ''
  return quote(`${(repository ?? name).replace(/@.*$/s, '')}${at}`)
}
