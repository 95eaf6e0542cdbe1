import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { fail, isObject, limits } from '../base/index.ts'
import { toolsErrors } from './errors.ts'

/** One XML element. Text is left out: reports are judged by their elements and attributes. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
}

const MAX_DEPTH = 50
const utf8 = new TextDecoder('utf-8', { fatal: true })

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
})

/**
 * Foreign XML → its root element. UTF-8 only. A document type that only names an outside DTD (JaCoCo and Cobertura
 * write one) is skipped and never fetched; one with declarations of its own is refused: it is what entity bombs and
 * file-reading entities need, and no report does.
 * @throws REPORT_INVALID naming `where`
 */
export function parseXml(bytes: Uint8Array, where: string): XmlElement {
  if (bytes.length > limits.reportFileBytes)
    throw invalid(`Found ${bytes.length} bytes, the limit is ${limits.reportFileBytes}`, where)
  const text = withoutDocumentType(decode(bytes, where))
  if (text === undefined)
    throw invalid('Found a document type with declarations of its own, or out of place', where)
  const flaw = XMLValidator.validate(text)
  if (flaw !== true) throw invalid(`Line ${flaw.err.line}: ${flaw.err.msg}`, where)
  const roots = readElements(parse(text, where))
  const [root] = roots
  if (!root || roots.length > 1) throw invalid(`Found ${roots.length} root elements, expected one`, where)
  return root
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw invalid('Found bytes that are not UTF-8', where, cause)
  }
}

function parse(text: string, where: string): unknown {
  try {
    return parser.parse(text) as unknown
  } catch (cause) {
    throw invalid((cause as Error).message, where, cause)
  }
}

const PLAIN_DOCUMENT_TYPE =
  /<!DOCTYPE\s+[A-Za-z_][\w:.-]{0,99}(?:\s+(?:PUBLIC\s+"[^"<>[\]]{0,300}"|SYSTEM)\s+"[^"<>[\]]{0,300}")?\s*>/y

/**
 * The text with its one plain document type blanked out; undefined when there is another declaration. Comments and
 * CDATA may hold anything, a failed test's HTML included. One pass, each byte looked at once.
 */
function withoutDocumentType(text: string): string | undefined {
  let plain: string | undefined
  let from = 0
  for (let at = text.indexOf('<!'); at >= 0; at = text.indexOf('<!', from)) {
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : undefined
    if (end) {
      const close = text.indexOf(end, at + 4)
      if (close < 0) break
      from = close
      continue
    }
    PLAIN_DOCUMENT_TYPE.lastIndex = at
    const [found] = PLAIN_DOCUMENT_TYPE.exec(text) ?? []
    // After the first element it is out of place (XML 1.0, production 22).
    if (found === undefined || plain !== undefined || !isProlog(text.slice(0, at))) return undefined
    from = at + found.length
    plain = text.slice(0, at) + found.replace(/[^\n]/g, ' ') + text.slice(from)
  }
  return plain ?? text
}

function isProlog(text: string): boolean {
  return !/<[^?!]/.test(text.replace(/<!--[^]*?-->/g, ''))
}

// The parser's ordered form: [{ tag: [children], ':@': { attribute: text } }, { '#text': … }].
function readElements(nodes: unknown): XmlElement[] {
  return Array.isArray(nodes) ? nodes.flatMap((node: unknown) => readElement(node)) : []
}

function readElement(node: unknown): XmlElement[] {
  if (!isObject(node)) return []
  const name = Object.keys(node).find((key) => key !== ':@')
  if (name === undefined || name.startsWith('#') || name.startsWith('?')) return []
  return [{ name, attributes: readAttributes(node[':@']), children: readElements(node[name]) }]
}

function readAttributes(value: unknown): Record<string, string> {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([name, text]) => [name, unescapeXml(String(text))]))
}

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g,
    (all, name, dec, hex) => {
      if (name) return PREDEFINED[String(name)] ?? String(all)
      const code = dec ? Number(dec) : Number.parseInt(String(hex), 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : String(all)
    },
  )
}

function invalid(message: string, where: string, cause?: unknown) {
  return fail(toolsErrors.REPORT_INVALID, {
    message: `${message}; expected a report in XML.`,
    where,
    ...(cause !== undefined && { cause }),
  })
}
