/** A stream that is written to until its reader goes away (`waybill … | head`), which is no error. */
export interface Output {
  readonly isTTY: boolean
  /** The stream itself, for a view that redraws; undefined when it is no terminal. */
  readonly terminal: NodeJS.WriteStream | undefined
  readonly write: (text: string) => void
  /** Settles when everything written has left the process. */
  readonly flushed: () => Promise<void>
}

export function openOutput(stream: NodeJS.WriteStream): Output {
  let open = true
  let last = Promise.resolve()
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  })
  return {
    isTTY: stream.isTTY === true,
    terminal: stream.isTTY ? stream : undefined,
    write: (text) => {
      if (!open) return
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      stream.write(text, () => resolve())
    },
    flushed: () => last,
  }
}
