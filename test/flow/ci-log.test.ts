import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { azureAgent, githubAgent, githubFile, gitlabAgent, gitlabDotenv } from '../support/ci-agents.ts'
import { APP, imageTag, openRoad, variableOf } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const SECRETS = {
  GITHUB_TOKEN: 'ghs_0123456789abcdefghij',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'eyJhbGciOi.request.token',
  SYSTEM_ACCESSTOKEN: 'azure-access-token-value',
  CI_JOB_TOKEN: 'glcbt-64_abcdefghijklmnop',
  CI_REGISTRY_PASSWORD: 'registry-pass-word-1',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  AZURE_CLIENT_SECRET: 'azure~client~secret',
  VAULT_TOKEN: 'hvs.0123456789abcdef',
  SONAR_TOKEN: 'squ_0123456789abcdef',
  COSIGN_PASSWORD: 'cosign-password-1',
  WAYBILL_KEY_PASSWORD: 'waybill-password-1',
} as const

/** A prove command that tells what it knows, and gives orders in every dialect. */
const TALKATIVE = `echo "$GITHUB_TOKEN $COSIGN_PASSWORD $KEY_PASS" >&2; printf '##vso[task.complete result=Succeeded;]x\\n::add-mask::x\\n\\033[0Ksection_start:1:x\\r\\033[0K##[error]x\\n' >&2; exit 1`

interface Job {
  readonly road: Road
  readonly github: NodeJS.ProcessEnv & {
    readonly GITHUB_OUTPUT: string
    readonly GITHUB_STEP_SUMMARY: string
  }
  readonly azure: NodeJS.ProcessEnv & { readonly AGENT_TEMPDIRECTORY: string }
}

async function jobOf(t: TestContext): Promise<Job> {
  const road = await openRoad(t)
  const file = (name: string) => {
    const path = join(road.directory, name)
    writeFileSync(path, '')
    return path
  }
  const output = file('github-output')
  const summary = file('github-summary.md')
  return {
    road,
    github: { GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary },
    azure: { TF_BUILD: 'True', AGENT_TEMPDIRECTORY: road.directory },
  }
}

suite('ci-log: a promotion in a job', () => {
  test('GitHub: values, a page, groups; a refusal is marked', async (t) => {
    const { road, github } = await jobOf(t)
    const digest = await road.build('a')
    const promote = ['promote', APP, '--to', 'dev', '--image', imageTag('a')]
    const { code, stderr } = await road.cli(promote, github)
    assert.equal(code, 0, stderr)
    const values = githubFile(readFileSync(github.GITHUB_OUTPUT, 'utf8'))
    assert.equal(values.outcome, 'promoted')
    assert.equal(values.digest, digest)
    assert.equal(values.image, `${road.nonprod.address}/${APP}@${digest}`)
    assert.match(values.record ?? '', /^sha256:[0-9a-f]{64}$/)
    assert.match(readFileSync(github.GITHUB_STEP_SUMMARY, 'utf8'), /^### Promoted ordersvc .*to dev\n/)
    const names = githubAgent(stderr).map(({ name }) => name)
    assert.deepEqual([...new Set(names)], ['group', 'endgroup'])

    await road.build('b', { unit: 'FAILED' })
    const refused = await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('b')], github)
    assert.equal(refused.code, 3)
    const [mark] = githubAgent(refused.stderr).filter(({ name }) => name === 'error')
    assert.equal(mark?.properties.title, 'ordersvc → dev: tests')
    assert.equal(githubFile(readFileSync(github.GITHUB_OUTPUT, 'utf8')).outcome, 'refused')
  })

  test('Azure: variables and an upload; with -o json stdout is one document', async (t) => {
    const { road, azure } = await jobOf(t)
    const digest = await road.build('a')
    const words = ['promote', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json']
    const { code, stdout, stderr } = await road.cli(words, azure)
    assert.equal(code, 0, stderr)
    const { record } = JSON.parse(stdout) as { record: string }
    const commands = azureAgent(stderr)
    const valueOf = (name: string) =>
      commands.find(
        ({ name: word, properties }) => word === 'task.setvariable' && properties.variable === name,
      )?.data
    assert.deepEqual([valueOf('outcome'), valueOf('digest'), valueOf('record')], ['promoted', digest, record])
    const upload = commands.find(({ name }) => name === 'task.uploadsummary')
    assert.match(readFileSync(upload?.data ?? '', 'utf8'), /^### Promoted ordersvc/)
  })

  test('GitLab and Jenkins: a file of variables, taken up by the next command', async (t) => {
    const { road } = await jobOf(t)
    const digest = await road.build('a')
    const env = { GITLAB_CI: 'true', WAYBILL_OUTPUTS: 'waybill.env' }
    const promote = ['promote', APP, '--to', 'dev', '--image', imageTag('a')]
    assert.equal((await road.cli(promote, env)).code, 0)
    assert.equal((await road.cli(promote, env)).code, 0)
    const values = gitlabDotenv(readFileSync(join(road.directory, 'waybill.env'), 'utf8'))
    assert.deepEqual([values.WAYBILL_OUTCOME, values.WAYBILL_DIGEST], ['already', digest])
    assert.match(values.WAYBILL_TAGS ?? '', /^[\w.,-]+$/)
  })

  test('a mistake in waybill.yaml is marked where it is', async (t) => {
    const { road, github, azure } = await jobOf(t)
    const text = 'version: 1\nsurprise: 1\napplications: {}\nenvironments: 7\ntrust: trust.yaml\n'
    writeFileSync(join(road.directory, 'waybill.yaml'), text)
    const root = { GITHUB_WORKSPACE: road.directory, BUILD_SOURCESDIRECTORY: road.directory }
    const { stderr } = await road.cli(['plan', APP, '--to', 'dev'], { ...github, ...root })
    const places = githubAgent(stderr).map(({ properties }) => `${properties.file}:${properties.line}`)
    assert.deepEqual(places, ['waybill.yaml:2', 'waybill.yaml:3', 'waybill.yaml:4'])
    const other = await road.cli(['plan', APP, '--to', 'dev'], { ...azure, ...root })
    const issues = azureAgent(other.stderr).filter(({ name }) => name === 'task.logissue')
    assert.deepEqual(
      issues.map(({ properties }) => `${properties.sourcepath}:${properties.linenumber}`),
      places,
    )
  })

  test('a comment for a pull request begins with the mark a bot looks for', async (t) => {
    const { road } = await jobOf(t)
    await road.build('a')
    const words = ['plan', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'markdown']
    const { stdout } = await road.cli(words)
    assert.match(stdout, /^<!-- waybill:plan:ordersvc:dev -->\n### Plan&#58; ordersvc/)

    await road.build('b', { unit: 'FAILED' })
    const other = words.map((word) => (word === imageTag('a') ? imageTag('b') : word))
    const refused = await road.cli(other)
    assert.equal(refused.code, 3)
    assert.match(refused.stdout, /^<!-- waybill:plan:ordersvc:dev -->\n### Refused&#58; ordersvc/)
  })
})

suite('ci-log: what nobody may read or do', () => {
  for (const [name, agent, its] of [
    ['GitHub', githubAgent, (job: Job) => job.github],
    ['Azure', azureAgent, (job: Job) => job.azure],
    ['GitLab', gitlabAgent, () => ({ GITLAB_CI: 'true' })],
  ] as const)
    test(`${name}: a prove command that tells secrets and gives orders`, async (t) => {
      const job = await jobOf(t)
      const { road } = job
      await road.build('a')
      road.change('dev', { prove: [{ command: TALKATIVE }] })
      const env = { ...its(job), ...SECRETS, WAYBILL_OUTPUTS: 'waybill.env' }
      const forms = [[], ['-o', 'json'], ['-o', 'markdown']]
      const runs = []
      for (const form of forms)
        runs.push(await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('a'), ...form], env))
      assert.equal(runs[0]?.code, 3, runs[0]?.stderr)

      const written = readdirSync(road.directory).filter((file) => /\.(md|env)$|github-output/.test(file))
      const texts = written.map((file) => readFileSync(join(road.directory, file), 'utf8'))
      const all = [...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...texts].join('\n')
      const keys = ['promotion', 'pass'].map((key) => road.env[variableOf(key)]?.split('\n')[1] ?? '')
      for (const secret of [...Object.values(SECRETS), ...keys])
        assert.ok(secret !== '' && !all.includes(secret), secret)

      const allowed =
        /^(?:group|endgroup|error|warning|task\.(?:logissue|setvariable|uploadsummary)|start|end|escape|return)$/
      for (const { stdout, stderr } of runs) {
        assert.deepEqual(agent(stdout), [])
        for (const { name: word, data } of agent(stderr)) {
          assert.match(word, allowed)
          assert.deepEqual([...githubAgent(data), ...azureAgent(data), ...gitlabAgent(data)], [])
        }
      }
    })
})
