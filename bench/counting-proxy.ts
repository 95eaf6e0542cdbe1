import { Agent, createServer, request } from 'node:http'

/** A proxy in front of a registry that counts requests and can add a delay to each, like distance does. */
export interface CountingProxy {
  readonly address: string
  requests: number
  close(): void
}

export async function countingProxy(target: string, delay: number): Promise<CountingProxy> {
  const [host, port] = target.split(':')
  const agent = new Agent({ keepAlive: true })
  const proxy = { address: '', requests: 0, close: () => {} }
  const server = createServer((incoming, response) => {
    proxy.requests++
    const forward = () => {
      const { method, url: path, headers } = incoming
      // The Host header stays: registries build upload addresses from it.
      const outgoing = request({ host, port, method, path, headers, agent }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      })
      outgoing.on('error', () => response.destroy())
      incoming.pipe(outgoing)
    }
    if (delay > 0) setTimeout(forward, delay)
    else forward()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const found = server.address()
  proxy.address = `127.0.0.1:${typeof found === 'object' && found ? found.port : 0}`
  proxy.close = () => {
    server.closeAllConnections()
    server.close()
    agent.destroy()
  }
  return proxy
}
