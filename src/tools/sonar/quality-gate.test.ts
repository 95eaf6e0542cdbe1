import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { reportIn, testResult } from '../../attestation/index.ts'
import { qualityGate, readReportTask, serverAt } from '../index.ts'

const TOKEN = 'squ_not_a_real_token'
const TASK = `projectKey=contoso:shop
serverUrl=https://evil.example.com
serverVersion=2025.1.0
ceTaskId=AZ-task_1
ceTaskUrl=https://evil.example.com/api/ce/task?id=AZ-task_1
`
const finished = {
  id: 'AZ-task_1',
  status: 'SUCCESS',
  componentKey: 'contoso:shop',
  analysisId: 'AZ-analysis_1',
  branch: 'dev',
  startedAt: '2026-03-01T10:00:00+0100',
  executedAt: '2026-03-01T10:00:05+0100',
}
const status = { projectStatus: { status: 'OK', conditions: [{ status: 'OK', metricKey: 'new_coverage' }] } }

type Answer = (request: IncomingMessage, response: ServerResponse, asked: number) => void

/** A SonarQube with these answers by path. */
async function server(t: TestContext, answers: Readonly<Record<string, Answer | object>>) {
  const seen: { readonly url: string; readonly authorization: string | undefined }[] = []
  const http = createServer((request, response) => {
    const url = request.url ?? ''
    seen.push({ url, authorization: request.headers.authorization })
    const [path = ''] = url.split('?')
    const answer = answers[path]
    const asked = seen.filter((one) => one.url === url).length
    if (typeof answer === 'function') answer(request, response, asked)
    else {
      response.statusCode = answer ? 200 : 404
      response.end(JSON.stringify(answer ?? { errors: [] }))
    }
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, seen }
}

const retry = { attempts: 3, firstWait: 1, longestWait: 2 }

function gate(url: string, token: string | undefined = TOKEN, patience = 2_000) {
  const { signal } = new AbortController()
  const ask = serverAt({ url, token, signal, retry, patience })
  const task = readReportTask(Buffer.from(TASK), 'report-task.txt')
  return qualityGate(task, ask, { longest: 5, between: 1, signal })
}

const good = { '/api/ce/task': { task: finished }, '/api/qualitygates/project_status': status }

describe('the live quality gate', () => {
  it('waits for the task, then asks by its analysis; the token goes to the server that was named, never to the file’s', async (t) => {
    const running: Answer = (_, response, asked) => {
      const task = asked < 3 ? { ...finished, status: 'IN_PROGRESS', analysisId: undefined } : finished
      response.end(JSON.stringify({ task }))
    }
    const { url, seen } = await server(t, { ...good, '/api/ce/task': running })
    const claim = await gate(url)
    assert.deepEqual(
      seen.map((one) => one.url),
      [
        ...Array.from({ length: 3 }, () => '/api/ce/task?id=AZ-task_1'),
        '/api/qualitygates/project_status?analysisId=AZ-analysis_1',
      ],
    )
    assert.ok(seen.every(({ authorization }) => authorization === `Bearer ${TOKEN}`))
    const predicate = testResult.parse(claim.predicate)
    assert.deepEqual([predicate.result, predicate.configuration[0]?.name], ['PASSED', 'contoso:shop'])
    assert.equal(predicate.configuration[0]?.annotations?.branch, 'dev')
    assert.equal(reportIn(claim.predicate)?.finishedOn, '2026-03-01T09:00:05Z')
    assert.equal(reportIn(claim.predicate)?.tool.version, '2025.1.0')
    assert.ok(!JSON.stringify(claim).includes(TOKEN) && !JSON.stringify(claim).includes('evil'))
  })

  for (const ended of ['FAILED', 'CANCELED', 'SOMETHING'])
    it(`a task that ended as ${ended} is no result`, async (t) => {
      const { url } = await server(t, { ...good, '/api/ce/task': { task: { ...finished, status: ended } } })
      await assert.rejects(gate(url), { code: 'REPORT_FAILED' })
    })

  it('a task that never ends: pending, to be asked again', async (t) => {
    const { url } = await server(t, { ...good, '/api/ce/task': { task: { ...finished, status: 'PENDING' } } })
    await assert.rejects(gate(url), { code: 'SONAR_PENDING', retryable: true })
  })

  it('a task of another project, another task, or without an analysis is refused', async (t) => {
    for (const changes of [
      { componentKey: 'other' },
      { id: 'other' },
      { analysisId: undefined },
      { analysisId: 'a&projectKey=b' },
    ]) {
      const { url } = await server(t, { ...good, '/api/ce/task': { task: { ...finished, ...changes } } })
      await assert.rejects(gate(url), { code: 'REPORT_INVALID' }, JSON.stringify(changes))
    }
  })

  it('NONE is no pass', async (t) => {
    const { url } = await server(t, {
      ...good,
      '/api/qualitygates/project_status': { projectStatus: { status: 'NONE' } },
    })
    await assert.rejects(gate(url), { code: 'REPORT_EMPTY' })
  })

  for (const [code, expected] of [
    [401, /answered 401; asked as the token/],
    [403, /answered 403/],
    [404, /no such task or analysis/],
  ] as const)
    it(`${code} is told as what it is, and the token is not shown`, async (t) => {
      const answer: Answer = (_, response) => {
        response.statusCode = code
        response.end(TOKEN)
      }
      const { url, seen } = await server(t, { '/api/ce/task': answer })
      await assert.rejects(gate(url), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'SONAR_DENIED')
        assert.match(error.message, expected)
        assert.ok(!JSON.stringify([error.message, error]).includes(TOKEN))
        return true
      })
      assert.equal(seen.length, 1)
    })

  it('without a token the server is asked as nobody', async (t) => {
    const { url, seen } = await server(t, good)
    const { signal } = new AbortController()
    const ask = serverAt({ url, token: undefined, signal, retry, patience: 2_000 })
    await ask('api/ce/task', { id: '1' })
    assert.equal(seen[0]?.authorization, undefined)
  })

  it('a redirect is not followed: nobody else gets the token', async (t) => {
    const other = await server(t, good)
    const away: Answer = (request, response) => {
      response.writeHead(302, { location: `${other.url}${request.url}` })
      response.end()
    }
    const { url } = await server(t, { '/api/ce/task': away })
    await assert.rejects(gate(url), {
      code: 'SONAR_UNREACHABLE',
      message: /302, and redirects are not followed/,
    })
    assert.deepEqual(other.seen, [])
  })

  it('a passing fault is asked again, a lasting one gives up, silence and floods end', async (t) => {
    const shaky: Answer = (_, response, asked) => {
      response.statusCode = asked < 3 ? 503 : 200
      response.end(JSON.stringify({ task: finished }))
    }
    const one = await server(t, { ...good, '/api/ce/task': shaky })
    assert.equal(testResult.parse((await gate(one.url)).predicate).result, 'PASSED')
    const broken: Answer = (_, response) => {
      response.statusCode = 500
      response.end()
    }
    const two = await server(t, { '/api/ce/task': broken })
    await assert.rejects(gate(two.url), { code: 'SONAR_UNREACHABLE' })
    assert.equal(two.seen.length, 3)
    const three = await server(t, { '/api/ce/task': () => {} })
    await assert.rejects(gate(three.url, TOKEN, 50), { code: 'SONAR_UNREACHABLE' })
    const flood: Answer = (_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(64 * 1024, 0x20)));
        response.once('drain', more)
      }
      more()
    }
    const four = await server(t, { '/api/ce/task': flood })
    await assert.rejects(gate(four.url, TOKEN, 10_000), { code: 'SONAR_UNREACHABLE', message: /longer than/ })
    assert.equal(four.seen.length, 1)
    const five = await server(t, { '/api/ce/task': (_, response) => void response.end('<html>') })
    await assert.rejects(gate(five.url), { code: 'REPORT_INVALID' })
  })

  it('a token goes over https only, and no address may hold a password', () => {
    const { signal } = new AbortController()
    for (const url of [
      'http://sonar.example.com',
      'https://me:secret@sonar.example.com',
      'ftp://x',
      'sonar',
      'http://127.0.0.1.evil.example',
    ])
      assert.throws(
        () => serverAt({ url, token: TOKEN, signal, retry, patience: 1 }),
        { code: 'SONAR_INVALID' },
        url,
      )
    assert.ok(serverAt({ url: 'https://sonar.example.com/base/', token: TOKEN, signal, retry, patience: 1 }))
  })
})

describe('report-task.txt', () => {
  const bad: Readonly<Record<string, string>> = {
    nothing: '',
    'another file': 'hello\nworld',
    'no task': 'projectKey=a\n',
    'no project': 'ceTaskId=a\n',
    'a task that is a query': 'projectKey=a\nceTaskId=1&id=2\n',
    'a project that is a path': 'projectKey=../a\nceTaskId=1\n',
    'a key twice': 'projectKey=a\nprojectKey=b\nceTaskId=1\n',
    'too much': `projectKey=a\nceTaskId=1\nx=${'y'.repeat(70_000)}`,
  }
  for (const [name, text] of Object.entries(bad))
    it(`refuses ${name}`, () => {
      assert.throws(() => readReportTask(Buffer.from(text), 'report-task.txt'), { code: 'SONAR_INVALID' })
    })
  it('reads what a scanner writes, CRLF too', () => {
    const task = readReportTask(Buffer.from(TASK.replaceAll('\n', '\r\n')), 'report-task.txt')
    assert.deepEqual(task, { projectKey: 'contoso:shop', taskId: 'AZ-task_1', serverVersion: '2025.1.0' })
  })
})
