import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from './registries.ts'

export interface SonarServer {
  readonly url: string
  /** A shell command that does what the scanner does: needs the token, and leaves its task behind. */
  readonly scanner: (task: string) => string
  gate: 'OK' | 'ERROR'
  /** Tokens it was asked with. */
  readonly tokens: Set<string>
}

/** SonarQube's two answers that a quality gate needs, for one project. */
export async function sonarServer(t: Cleanup, token: string): Promise<SonarServer> {
  const state = { gate: 'OK' as SonarServer['gate'], tokens: new Set<string>() }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    state.tokens.add(request.headers.authorization ?? '')
    const task = { id: 'T1', status: 'SUCCESS', componentKey: 'ordersvc', analysisId: 'A1' }
    const conditions = [
      {
        status: state.gate,
        metricKey: 'new_coverage',
        comparator: 'LT',
        errorThreshold: '80',
        actualValue: '61',
      },
    ]
    const answers = new Map<string, object>([
      ['/api/ce/task?id=T1', { task }],
      [
        '/api/qualitygates/project_status?analysisId=A1',
        { projectStatus: { status: state.gate, conditions, ignoredConditions: false } },
      ],
    ])
    const answer = answers.get(url.pathname + url.search)
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => new Promise<void>((done) => server.close(() => done())))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const lines = [
    'projectKey=ordersvc',
    `serverUrl=${url}`,
    'ceTaskId=T1',
    `ceTaskUrl=${url}/api/ce/task?id=T1`,
  ]
  const scanner = (task: string) =>
    `test "$SONAR_TOKEN" = ${token} || exit 2; mkdir -p out; printf '${lines.join('\\n')}\\n' > ${task}`
  return Object.assign(state, { url, scanner })
}
