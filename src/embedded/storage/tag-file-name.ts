/**
 * A tag as a file name that stays distinct where file systems ignore case: `RC-1` → `rc-1=c`.
 * After `=` come the positions of the capitals as a hexadecimal bit mask. At most 161 characters.
 */
export function fileNameOfTag(tag: string): string {
  const mask = Array.from(tag, (character) => (/[A-Z]/.test(character) ? '1' : '0')).join('')
  return mask.includes('1') ? `${tag.toLowerCase()}=${BigInt(`0b${mask}`).toString(16)}` : tag
}

/** The tag a file name stands for; undefined when `fileNameOfTag` never gives that name. */
export function tagOfFileName(fileName: string): string | undefined {
  const [text = '', hex, ...rest] = fileName.split('=')
  if (rest.length > 0 || !/^[a-z0-9._-]+$/.test(text)) return undefined
  if (hex === undefined) return text
  if (!/^[0-9a-f]{1,32}$/.test(hex)) return undefined
  const mask = BigInt(`0x${hex}`).toString(2).padStart(text.length, '0')
  const tag = Array.from(text, (character, at) =>
    mask[at] === '1' ? character.toUpperCase() : character,
  ).join('')
  return fileNameOfTag(tag) === fileName ? tag : undefined
}
