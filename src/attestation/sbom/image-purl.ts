import { distinct, textOf } from './foreign-fields.ts'
import { readPurl } from './purl.ts'

// Also as an escaped part of an address.
const DIGEST = /\b(sha256|sha512)(?::|%3A)([0-9a-f]{128}|[0-9a-f]{64})(?![0-9a-f])/gi
const LENGTH: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 }

/** Every content digest that a text names. */
function digestsIn(text: string | undefined): readonly string[] {
  return [...(text ?? '').matchAll(DIGEST)].flatMap(([, algorithm = '', hex = '']) =>
    LENGTH[algorithm.toLowerCase()] === hex.length ? [`${algorithm.toLowerCase()}:${hex.toLowerCase()}`] : [],
  )
}

/** The digest that a field is, with nothing beside it. */
export function loneDigest(value: unknown): string | undefined {
  const text = textOf(value)
  return digestsIn(text).find((digest) => digest === text)
}

export interface ImagePurl {
  readonly digests: readonly string[]
  /** `amd64`, as purl-spec's `arch` qualifier of `pkg:oci` has it. */
  readonly architecture: string | undefined
}

/** What a purl says about a container image (purl-spec: types `oci` and `docker`); undefined for other packages. */
export function imagePurl(purl: string | undefined): ImagePurl | undefined {
  const read = purl === undefined ? undefined : readPurl(purl)
  if (read?.type !== 'oci' && read?.type !== 'docker') return undefined
  return { digests: digestsIn(read.version), architecture: read.qualifiers.get('arch') }
}

/** What several accounts of one subject say together. Two architectures are none. */
export function imageSubject(purls: readonly (string | undefined)[], texts: readonly (string | undefined)[]) {
  const images = purls.map(imagePurl).filter((image) => image !== undefined)
  const [architecture, ...others] = distinct(images.map((image) => image.architecture))
  return {
    about: distinct([...images.flatMap((image) => image.digests), ...texts.flatMap(digestsIn)]),
    ...(architecture !== undefined && others.length === 0 && { architecture }),
  }
}
