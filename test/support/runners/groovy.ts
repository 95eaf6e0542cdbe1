/** The part of Groovy that Jenkinsfiles are written in, as a tree. */
export type Node =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'constant'; readonly value: boolean | null }
  /** A string in which values are filled in. */
  | { readonly kind: 'template'; readonly parts: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'property'; readonly of: Node; readonly name: string }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | Call

export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Node[]
  readonly named: Readonly<Record<string, Node>>
  /** Statements of a closure behind it. */
  readonly body?: readonly Node[]
}

interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'template' | 'mark' | 'line' | 'end'
  readonly text: string
  readonly parts?: readonly Node[]
}

/** Strict: what is not part of the subset is an error with its line. */
export function parseGroovy(text: string): readonly Node[] {
  return new Parser(tokensOf(text)).statements('end')
}

const MARKS = ['?:', '==', '!=', '&&', '||', ...Array.from('{}()[],:;.!=')]
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\n': '' }

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const rest = () => text.slice(at)
  while (at < text.length) {
    const blank = /^(?:[ \t]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest())?.[0]
    const word = /^(?:[A-Za-z_]\w*|\d+)/.exec(rest())?.[0]
    const quote = ["'''", '"""', "'", '"'].find((one) => text.startsWith(one, at))
    const mark = MARKS.find((one) => text.startsWith(one, at))
    if (blank) at += blank.length
    else if (text[at] === '\n') {
      tokens.push({ kind: 'line', text: '\n' })
      at += 1
    } else if (word) {
      tokens.push({ kind: /^\d/.test(word) ? 'number' : 'name', text: word })
      at += word.length
    } else if (quote) {
      const [token, end] = stringAt(text, at + quote.length, quote)
      tokens.push(token)
      at = end
    } else if (mark) {
      tokens.push({ kind: 'mark', text: mark })
      at += mark.length
    } else
      throw new Error(`line ${text.slice(0, at).split('\n').length}: ${JSON.stringify(rest().slice(0, 20))}`)
  }
  return [...tokens, { kind: 'end', text: '' }]
}

function stringAt(text: string, start: number, quote: string): readonly [Token, number] {
  const parts: Node[] = []
  let value = ''
  let at = start
  while (!text.startsWith(quote, at)) {
    if (at >= text.length || (quote.length === 1 && text[at] === '\n'))
      throw new Error(`a string has no end: ${value}`)
    if (text[at] === '\\') {
      const escaped = text[at + 1] ?? ''
      value += ESCAPES[escaped] ?? escaped
      at += 2
    } else if (text[at] === '$' && quote.startsWith('"')) {
      const found = /^\$\{([\w.]+)\}/.exec(text.slice(at))
      if (!found?.[1])
        throw new Error(`a template has something else than \${a.b}: ${text.slice(at, at + 30)}`)
      if (value) parts.push({ kind: 'text', value })
      value = ''
      parts.push(parseGroovy(found[1])[0] as Node)
      at += found[0].length
    } else {
      value += text[at]
      at += 1
    }
  }
  if (parts.length === 0) return [{ kind: 'text', text: value }, at + quote.length]
  if (value) parts.push({ kind: 'text', value })
  return [{ kind: 'template', text: '', parts }, at + quote.length]
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  statements(end: string): readonly Node[] {
    const found: Node[] = []
    for (;;) {
      while (this.#is('\n') || this.#is(';')) this.#at += 1
      if (end === 'end' ? this.#peek.kind === 'end' : this.#is(end)) return found
      found.push(this.#statement())
      if (!['\n', ';', '}', ''].includes(this.#peek.text)) throw this.#odd('the end of a statement')
    }
  }

  #statement(): Node {
    const left = this.#expression()
    if (this.#take('=')) return { kind: 'binary', operator: '=', left, right: this.#expression() }
    const isCommand = left.kind === 'name' && !['line', 'end', 'mark'].includes(this.#peek.kind)
    return isCommand ? this.#call(left.name, this.#args('')) : left
  }

  #expression(): Node {
    let left = this.#operand()
    for (;;) {
      const operator = this.#peek.text
      const isOne = ['==', '!=', '&&', '||', '?:'].includes(operator) && this.#peek.kind === 'mark'
      if (!isOne && !(operator === 'in' && this.#peek.kind === 'name')) return left
      this.#at += 1
      left = { kind: 'binary', operator, left, right: this.#operand() }
    }
  }

  #operand(): Node {
    if (this.#take('!')) return { kind: 'not', of: this.#operand() }
    let node = this.#primary()
    for (;;) {
      if (this.#take('.')) node = { kind: 'property', of: node, name: this.#name() }
      else if (node.kind === 'name' && this.#is('(')) {
        this.#at += 1
        node = this.#call(node.name, this.#args(')'))
      } else if (node.kind === 'name' && this.#is('{')) node = this.#call(node.name, { args: [], named: {} })
      else return node
    }
  }

  #primary(): Node {
    const token = this.#peek
    this.#at += 1
    if (token.kind === 'text') return { kind: 'text', value: token.text }
    if (token.kind === 'template') return { kind: 'template', parts: token.parts ?? [] }
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) }
    if (token.kind === 'name') return constant(token.text) ?? { kind: 'name', name: token.text }
    if (token.text === '[') return { kind: 'list', items: this.#args(']').args }
    if (token.text === '(') {
      const inner = this.#expression()
      this.#expect(')')
      return inner
    }
    this.#at -= 1
    throw this.#odd('an expression')
  }

  /** Up to the closing mark, or to the end of the line. */
  #args(end: string): { readonly args: readonly Node[]; readonly named: Readonly<Record<string, Node>> } {
    const args: Node[] = []
    const named: Record<string, Node> = {}
    const skipLines = () => {
      while (end && this.#is('\n')) this.#at += 1
    }
    for (;;) {
      skipLines()
      if (end && this.#take(end)) return { args, named }
      if (this.#peek.kind === 'name' && this.#tokens[this.#at + 1]?.text === ':') {
        const name = this.#name()
        this.#expect(':')
        if (named[name]) throw new Error(`${name} is given twice`)
        named[name] = this.#expression()
      } else args.push(this.#expression())
      skipLines()
      if (this.#take(',')) continue
      if (!end) return { args, named }
      this.#expect(end)
      return { args, named }
    }
  }

  #call(name: string, { args, named }: Pick<Call, 'args' | 'named'>): Call {
    if (!this.#take('{')) return { kind: 'call', name, args, named }
    const body = this.statements('}')
    this.#expect('}')
    return { kind: 'call', name, args, named, body }
  }

  get #peek(): Token {
    return this.#tokens[this.#at] as Token
  }

  #is(mark: string): boolean {
    return this.#peek.text === mark && (this.#peek.kind === 'mark' || this.#peek.kind === 'line')
  }

  #take(mark: string): boolean {
    if (!this.#is(mark)) return false
    this.#at += 1
    return true
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw this.#odd(mark)
  }

  #name(): string {
    if (this.#peek.kind !== 'name') throw this.#odd('a name')
    this.#at += 1
    return this.#tokens[this.#at - 1]?.text ?? ''
  }

  #odd(expected: string): Error {
    const near = this.#tokens.slice(Math.max(0, this.#at - 8), this.#at + 2).map(({ text }) => text)
    return new Error(`expected ${expected} after: ${near.join(' ')}`)
  }
}

function constant(word: string): Node | undefined {
  const values: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null }
  const value = Object.hasOwn(values, word) ? values[word] : undefined
  return value === undefined ? undefined : { kind: 'constant', value }
}
