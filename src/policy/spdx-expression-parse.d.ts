declare module 'spdx-expression-parse' {
  type SpdxExpression =
    | { readonly license: string; readonly plus?: true; readonly exception?: string }
    | {
        readonly left: SpdxExpression
        readonly conjunction: 'and' | 'or'
        readonly right: SpdxExpression
      }
  /** @throws Error when it is no SPDX expression */
  export default function parse(source: string): SpdxExpression
}
