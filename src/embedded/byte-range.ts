/** The part of `size` bytes a Range header asks for; `end` is exclusive. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

/** RFC 9110 §14.2. Units other than bytes and several ranges at once are ignored, as a server may. */
export function parseRange(header: string | undefined, size: number): ByteRange {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' }
  if (first === '') return part(Math.max(0, size - Number(last)), size, size)
  return part(Number(first), last === '' ? size : Number(last) + 1, size)
}

function part(start: number, end: number, size: number): ByteRange {
  if (start >= size || start >= end) return { kind: 'unsatisfiable' }
  return { kind: 'part', start, end: Math.min(end, size) }
}

/** The Content-Range of an upload chunk (distribution-spec "Pushing a blob in chunks"); `end` is exclusive. */
export function parseChunkRange(
  header: string,
): { readonly start: number; readonly end: number } | undefined {
  const [, first, last] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim()) ?? []
  if (first === undefined || last === undefined) return undefined
  const range = { start: Number(first), end: Number(last) + 1 }
  return range.start < range.end ? range : undefined
}
