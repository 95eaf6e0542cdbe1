const stale = new WeakSet<object>()
const BROKEN = new Set(['ECONNRESET', 'EPIPE'])

/**
 * Remembers that this error came from a connection that had been kept open, before any byte of an answer: the server
 * closed it meanwhile, and the same request may be sent again at once (RFC 9112 §9.3.1).
 */
export function markStale(error: Error & { readonly code?: string }): void {
  if (BROKEN.has(error.code ?? '')) stale.add(error)
}

/** Was it a connection the server had closed already? Looks at the error and its cause. */
export function isStale(error: unknown): boolean {
  return error instanceof Error && (stale.has(error) || isStale(error.cause))
}
