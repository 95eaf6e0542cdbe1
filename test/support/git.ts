import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  LC_ALL: 'C',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
}

/** Runs git in a directory and returns its output. */
export function git(directory: string, args: readonly string[], input?: string | Uint8Array): string {
  const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe']
  return execFileSync('git', args, { cwd: directory, env: ENVIRONMENT, stdio, input }).toString('utf8')
}

/** A bare repository in a temporary directory. `head`, `show`, `log` read the branch; `commit` adds to it. */
export class BareRepository {
  readonly directory: string
  readonly branch: string

  constructor(files?: Files, branch = 'main') {
    this.directory = mkdtempSync(join(tmpdir(), 'waybill-bare-'))
    this.branch = branch
    git(this.directory, ['init', '--quiet', '--bare', `--initial-branch=${branch}`, '.'])
    git(this.directory, ['config', 'http.receivepack', 'true'])
    git(this.directory, ['config', 'uploadpack.allowFilter', 'true'])
    if (files) this.commit('seed', files)
  }

  /** Adds or replaces files and returns the commit. */
  commit(message: string, files: Files): string {
    const ref = `refs/heads/${this.branch}`
    const from = this.head() ? [`from ${this.head()}`] : []
    const parts: (string | Uint8Array)[] = [`commit ${ref}\ncommitter T <t@example.com> 1700000000 +0000\n`]
    parts.push(`data ${Buffer.byteLength(message)}\n${message}\n`, ...from.map((line) => `${line}\n`))
    for (const [path, content] of Object.entries(files)) {
      const link = typeof content === 'object' && 'link' in content ? content.link : undefined
      const bytes = Buffer.from(link ?? (content as string | Uint8Array))
      parts.push(
        `M ${link === undefined ? '100644' : '120000'} inline ${path}\ndata ${bytes.length}\n`,
        bytes,
        '\n',
      )
    }
    git(this.directory, ['fast-import', '--quiet'], Buffer.concat(parts.map((part) => Buffer.from(part))))
    return this.head()
  }

  /** Points the branch at a new history with nothing in common with the old one. */
  rewrite(files: Files): void {
    git(this.directory, ['update-ref', '-d', `refs/heads/${this.branch}`])
    this.commit('rewritten', files)
  }

  head(): string {
    return git(this.directory, ['for-each-ref', '--format=%(objectname)', `refs/heads/${this.branch}`]).trim()
  }

  show(path: string): string {
    return git(this.directory, ['show', `${this.branch}:${path}`])
  }

  log(): readonly string[] {
    return git(this.directory, ['log', '-z', '--format=%B', this.branch]).split('\0').filter(Boolean)
  }

  /** Installs a server-side hook (a shell script body). */
  hook(name: string, body: string): void {
    const file = join(this.directory, 'hooks', name)
    writeFileSync(file, `#!/bin/sh\n${body}\n`)
    chmodSync(file, 0o755)
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export interface GitServerOptions {
  /** Basic credentials every request must have. */
  readonly password?: { readonly user: string; readonly password: string }
  /** Called before a push reaches git; may change the repository meanwhile. */
  readonly beforePush?: (push: number) => void
  /** True: git takes the push and the client's connection is cut instead of answered. */
  readonly cutAnswer?: (push: number) => boolean
}

export interface GitServer {
  readonly url: string
  readonly requests: string[]
  close(): Promise<void>
}

/** Serves a bare repository over smart HTTP: `git http-backend` behind a small CGI bridge on 127.0.0.1. */
export async function serveGit(
  repository: BareRepository,
  options: GitServerOptions = {},
): Promise<GitServer> {
  const requests: string[] = []
  let pushes = 0
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (!isAllowed(request, options)) return refuse(response)
    const isPush = request.method === 'POST' && request.url?.includes('git-receive-pack') === true
    const push = isPush ? ++pushes : 0
    if (isPush) options.beforePush?.(push)
    bridge(repository.directory, request, response, isPush && options.cutAnswer?.(push) === true)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/gitops.git`,
    requests,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function isAllowed(request: IncomingMessage, { password }: GitServerOptions): boolean {
  if (!password) return true
  const expected = Buffer.from(`${password.user}:${password.password}`).toString('base64')
  return request.headers.authorization === `Basic ${expected}`
}

function refuse(response: ServerResponse): void {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
}

function bridge(directory: string, request: IncomingMessage, response: ServerResponse, cut: boolean): void {
  const url = new URL(request.url ?? '/', 'http://git')
  const child = spawn('git', ['http-backend'], {
    env: {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname.replace(/^\/gitops\.git/, ''),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      REMOTE_USER: 'test',
    },
  })
  const chunks: Buffer[] = []
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    if (cut) return void request.socket.destroy()
    answer(Buffer.concat(chunks), response)
  })
}

function answer(output: Buffer, response: ServerResponse): void {
  const end = output.indexOf('\r\n\r\n')
  const lines = output.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n')
  const headers = lines.map((line) => line.split(': ', 2) as [string, string])
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1]
  response.statusCode = end < 0 ? 500 : Number.parseInt(status ?? '200', 10)
  for (const [name, value] of headers)
    if (value !== undefined && name.toLowerCase() !== 'status') response.setHeader(name, value)
  response.end(output.subarray(end + 4))
}
