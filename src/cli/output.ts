/** A stream that is written to until its reader goes away (`waybill … | head`), which is no error. */
export interface Output {
  readonly isTTY: boolean
  /** The stream itself, for a view that redraws; undefined when it is no terminal. */
  readonly terminal: NodeJS.WriteStream | undefined
  readonly write: (text: string) => void
  /** Settles when everything written has left the process; with the reason when it could not. */
  readonly flushed: () => Promise<Error | undefined>
}

export function openOutput(stream: NodeJS.WriteStream): Output {
  let last: Promise<void> = Promise.resolve()
  let isOpen = true
  let lost: Error | undefined
  const failed = (error: NodeJS.ErrnoException) => {
    isOpen = false
    // A terminal that was closed answers EIO.
    if (error.code !== 'EPIPE' && !(error.code === 'EIO' && stream.isTTY)) lost ??= error
  }
  stream.on('error', failed)
  return {
    isTTY: stream.isTTY === true,
    terminal: stream.isTTY ? stream : undefined,
    write: (text) => {
      if (!isOpen) return
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      stream.write(text, (error) => {
        if (error) failed(error)
        resolve()
      })
    },
    flushed: async () => {
      await last
      return lost
    },
  }
}
