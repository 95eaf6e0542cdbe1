import type { Socket } from 'node:net'

/** A host that does not take a connection within this time (milliseconds) is not there. */
const CONNECT = 10_000

/** Gives up on a socket that is not `ready` in time; its error has the code ETIMEDOUT. */
export function limitConnecting<S extends Socket>(socket: S, ready: 'connect' | 'secureConnect'): S {
  const late = () =>
    socket.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }))
  const timer = setTimeout(late, CONNECT)
  const stop = () => clearTimeout(timer)
  socket.once(ready, stop)
  socket.once('close', stop)
  return socket
}
