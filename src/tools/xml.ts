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
 * Foreign XML → its root element. UTF-8 only. A document type is refused wherever it stands: it is what entity
 * bombs and file-reading entities need, and no test report does.
 * @throws JUNIT_INVALID naming `where`
 */
export function parseXml(bytes: Uint8Array, where: string): XmlElement {
  if (bytes.length > limits.reportFileBytes)
    throw invalid(`Found ${bytes.length} bytes, the limit is ${limits.reportFileBytes}`, where)
  const text = decode(bytes, where)
  if (hasDocumentType(text)) throw invalid('Found a document type (<!DOCTYPE or <!ENTITY)', where)
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

// Comments and CDATA may hold anything, a failed test's HTML included. One pass, each byte looked at once.
function hasDocumentType(text: string): boolean {
  for (let at = text.indexOf('<!'); at >= 0; at = text.indexOf('<!', at)) {
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : undefined
    if (!end) return true
    at = text.indexOf(end, at + 4)
    if (at < 0) return false
  }
  return false
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
  return fail(toolsErrors.JUNIT_INVALID, {
    message: `${message}; expected a JUnit XML report.`,
    where,
    ...(cause !== undefined && { cause }),
  })
}
