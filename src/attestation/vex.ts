import * as z from 'zod'
import type { Digest } from '../oci/index.ts'
import { isDigest } from '../oci/index.ts'
import { predicateTypes } from './predicate-types.ts'
import { digestOfPurl, parsePurl, purlCovers } from './purl.ts'
import type { Purl } from './purl.ts'

const text = z.string().min(1).max(4096)

const component = z.object({
  '@id': text.optional(),
  identifiers: z.object({ purl: text.optional() }).optional(),
  hashes: z.record(z.string(), z.string()).optional(),
})
type Component = z.infer<typeof component>

// Before v0.2 a product and a vulnerability were plain strings.
const named = <T extends z.ZodType>(object: T) => z.union([object, text])

const statement = z
  .object({
    vulnerability: named(z.object({ name: text, aliases: z.array(text).max(100).optional() })),
    products: z
      .array(named(component.extend({ subcomponents: z.array(named(component)).max(1000).optional() })))
      .max(1000)
      .optional(),
    status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
    justification: z
      .enum([
        'component_not_present',
        'vulnerable_code_not_present',
        'vulnerable_code_not_in_execute_path',
        'vulnerable_code_cannot_be_controlled_by_adversary',
        'inline_mitigations_already_exist',
      ])
      .optional(),
    impact_statement: z.string().max(65_536).optional(),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    last_updated: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(
    ({ status, justification, impact_statement: impact }) =>
      status !== 'not_affected' || justification !== undefined || (impact ?? '').trim() !== '',
    'not_affected needs a justification or an impact_statement',
  )

/** An OpenVEX document (openvex.dev/ns v0.0.1 to v0.2.0), the parts Waybill reads. */
export const vexDocument = z.object({
  '@context': z.string().regex(/^https:\/\/openvex\.dev\/ns(\/v\d+(\.\d+)*)?$/, 'an OpenVEX @context'),
  '@id': text,
  author: text,
  timestamp: z.iso.datetime({ offset: true }),
  last_updated: z.iso.datetime({ offset: true }).optional(),
  version: z.union([z.int(), z.string()]),
  tooling: z.string().optional(),
  statements: z.array(statement).min(1).max(10_000),
})

interface Product {
  readonly digests: readonly Digest[]
  /** Those of them that a package URL calls an image; a hash may be that of a file. */
  readonly images: readonly Digest[]
  readonly purls: readonly Purl[]
  readonly subcomponents: readonly Product[]
}

/** One VEX statement: what is said of one vulnerability in some products. */
export interface VexStatement {
  /** Name and aliases. */
  readonly ids: readonly string[]
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation'
  /** Milliseconds since 1970, by its own account. */
  readonly at: number
  /** undefined = whatever the signed statement around it is about (OpenVEX, "Inheritance Flow"). */
  readonly products: readonly Product[] | undefined
}

/** What a VEX statement may speak of: one package of one image. */
export interface VexSubject {
  readonly digests: readonly Digest[]
  readonly package: { readonly purl: Purl | undefined } | undefined
}

/** `https://openvex.dev/ns`, or with a version behind it, as some tools write it. */
export function isVexType(predicateType: string): boolean {
  return (
    predicateType === predicateTypes.vex ||
    /^https:\/\/openvex\.dev\/ns\/v\d+(\.\d+){0,3}$/.test(predicateType)
  )
}

/** The statements of an OpenVEX predicate; undefined when it is not one, in any of its parts. */
export function readVex(predicate: unknown): readonly VexStatement[] | undefined {
  const read = vexDocument.safeParse(predicate)
  return read.data?.statements.map((one) => ({
    ids:
      typeof one.vulnerability === 'string'
        ? [one.vulnerability]
        : [one.vulnerability.name, ...(one.vulnerability.aliases ?? [])],
    status: one.status,
    at: Date.parse(one.last_updated ?? one.timestamp ?? read.data.last_updated ?? read.data.timestamp),
    products: one.products?.map(toProduct),
  }))
}

/**
 * True when the statement is about this package in this image: it names the image by digest, and the package or no
 * package; or it names the package itself. An image named without a digest could be any image and is none.
 */
export function vexSpeaksOf({ products }: VexStatement, subject: VexSubject): boolean {
  if (products === undefined) return true
  return products.some((product) => {
    if (product.digests.some((digest) => subject.digests.includes(digest)))
      return (
        product.subcomponents.length === 0 || product.subcomponents.some((part) => isPackage(part, subject))
      )
    return product.subcomponents.length === 0 && isPackage(product, subject)
  })
}

/**
 * The one image that all statements are about, by digest. Empty when they name none, or several: such a document
 * may serve many images.
 */
export function vexDigests(statements: readonly VexStatement[]): readonly Digest[] {
  const named = statements.flatMap(({ products }) => (products ?? []).flatMap((product) => product.images))
  const distinct = [...new Set(named)]
  return distinct.length === 1 ? distinct : []
}

function isPackage({ purls }: Product, subject: VexSubject): boolean {
  const purl = subject.package?.purl
  return purl !== undefined && purls.some((pattern) => purlCovers(pattern, purl))
}

function toProduct(
  given: string | (Component & { subcomponents?: (string | Component)[] | undefined }),
): Product {
  const product = typeof given === 'string' ? { '@id': given } : given
  const purls = [product['@id'], product.identifiers?.purl].flatMap((one) =>
    one ? (parsePurl(one) ?? []) : [],
  )
  const hashes = Object.entries(product.hashes ?? {}).map(([name, hex]) => {
    return `${name.toLowerCase().replace(/^sha-/, 'sha')}:${hex.toLowerCase()}`
  })
  const images = purls.flatMap((purl) => digestOfPurl(purl) ?? [])
  return {
    digests: [...hashes.filter(isDigest), ...images],
    images,
    // A package URL of an image is its name, not a package in it.
    purls: purls.filter(({ base }) => !/^pkg:(oci|docker)\//.test(base)),
    subcomponents: (product.subcomponents ?? []).map(toProduct),
  }
}
