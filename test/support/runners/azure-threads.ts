import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from '../registries.ts'

export interface Threads {
  /** System.CollectionUri. */
  readonly collection: string
  /** First comments of the threads of every pull request. */
  readonly comments: string[]
}

/** Threads of pull requests, as Azure Repos has them (REST 7.1): listed, begun, and their comment written anew. */
export async function serveThreads(t: Cleanup): Promise<Threads> {
  const comments: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const [status, body] = answer(
        `${request.method} ${request.url}`,
        request.headers,
        Buffer.concat(chunks).toString('utf8'),
      )
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  const answer = (
    asked: string,
    headers: Readonly<Record<string, unknown>>,
    text: string,
  ): [number, object] => {
    if (headers['authorization'] !== 'Bearer job-access-token') return [401, {}]
    const place =
      /^(\w+) \/contoso\/b1c2\/_apis\/git\/repositories\/d3e4\/pullRequests\/\d+\/threads(.*)\?api-version=7\.1$/.exec(
        asked,
      )
    const [, method, rest] = place ?? []
    if (method === 'GET' && rest === '')
      return [
        200,
        {
          value: [
            { id: 1, comments: [] },
            ...comments.map((content, index) => ({ id: index + 5, comments: [{ id: 1, content }] })),
          ],
        },
      ]
    if (headers['content-type'] !== 'application/json') return [415, {}]
    if (method === 'POST' && rest === '') {
      const { comments: [first] = [] } = JSON.parse(text) as {
        comments?: { content: string; commentType: string }[]
      }
      if (first?.commentType !== 'text') return [400, {}]
      comments.push(first.content)
      return [200, {}]
    }
    const [, thread] = /^\/(\d+)\/comments\/1$/.exec(rest ?? '') ?? []
    if (method !== 'PATCH' || thread === undefined) return [404, {}]
    comments[Number(thread) - 5] = (JSON.parse(text) as { content: string }).content
    return [200, {}]
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => new Promise<void>((done) => server.close(() => done())))
  const { port } = server.address() as AddressInfo
  return { collection: `http://127.0.0.1:${port}/contoso/`, comments }
}
