import type { Socket } from 'node:net'

type Write = Socket['_write']
type WriteAll = NonNullable<Socket['_writev']>

/**
 * A write that fails does not end the socket: what the server said before it hung up (401, 413) can still be read,
 * and where it said nothing the reading side tells that the connection broke (node#54366).
 */
export function keepReading<S extends Socket>(socket: S): S {
  const write: Write = socket._write.bind(socket)
  const writeAll: WriteAll | undefined = socket._writev?.bind(socket)
  socket._write = (chunk, encoding, done) => write(chunk, encoding, () => done())
  if (writeAll) socket._writev = (chunks, done) => writeAll(chunks, () => done())
  return socket
}
