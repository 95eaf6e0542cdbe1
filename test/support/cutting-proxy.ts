import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Cleanup, LabRegistry } from './registries.ts'

/** A registry behind a line that breaks. */
export interface BrokenLine extends LabRegistry {
  /** Where the next connections break: after so many bytes in one direction. Each is used once, in order. */
  cuts: { readonly direction: 'up' | 'down'; readonly after: number }[]
  /** Bytes passed on so far, over all connections. */
  readonly passed: { up: number; down: number }
}

export async function brokenLine(t: Cleanup, lab: LabRegistry): Promise<BrokenLine> {
  const line: BrokenLine = { ...lab, address: '', cuts: [], passed: { up: 0, down: 0 } }
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const [host, port] = lab.address.split(':')
    const far = connect(Number(port), host)
    const both = [near, far]
    const end = () => both.forEach((socket) => socket.destroySoon())
    for (const socket of both) {
      open.add(socket)
      socket.on('error', end).on('end', end)
      socket.on('close', () => open.delete(socket))
    }
    pass(line, 'up', near, far)
    pass(line, 'down', far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    open.forEach((socket) => socket.destroy())
    server.close()
  })
  return Object.assign(line, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` })
}

function pass(line: BrokenLine, direction: 'up' | 'down', from: Socket, to: Socket): void {
  let here = 0
  from.on('data', (chunk: Buffer) => {
    here += chunk.length
    line.passed[direction] += chunk.length
    const [cut] = line.cuts
    if (cut?.direction === direction && here >= cut.after) {
      line.cuts.shift()
      // What was passed on before arrives; nothing more does, and nothing comes back.
      from.destroy()
      to.destroySoon()
      return
    }
    if (!to.write(chunk)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  })
}
