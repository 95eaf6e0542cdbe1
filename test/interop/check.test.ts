import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { git } from '../support/git.ts'
import { findTool, NOWHERE, pinnedTrivy } from '../support/outside-tool.ts'
import { openSourceRoad } from '../support/source-road.ts'
import type { SourceRoad } from '../support/source-road.ts'

// Real tools look at a source in which something was planted, and at one that tries to hide it from them.
// In two parts, so that nobody finds a secret here.
const secret = (first: string) => `ghp_${`${first}1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8`}`
const CLEAN_BUCKET =
  'resource "aws_iam_account_password_policy" "strict" {\n  minimum_password_length = 20\n}\n'
const GOOD_IMAGE = 'FROM debian:12.1\nRUN echo hello\nHEALTHCHECK CMD true\nUSER 1000\n'
const ROOT_IMAGE = 'FROM debian:12.1\nUSER root\n'

const without = async (program: string) => !(await findTool(program)) && `${program} is not on this machine`
const skip = {
  gitleaks: await without('gitleaks'),
  checkov: await without('checkov'),
  hadolint: await without('hadolint'),
  trivy: await without('trivy'),
}

const pinned = await pinnedTrivy()
const ends: (() => Promise<void> | void)[] = []
let source: SourceRoad
before(async () => {
  source = await openSourceRoad({ after: (end) => void ends.push(end) })
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

async function check(checks: readonly object[]) {
  source.configure((config) => {
    config.checks = checks
    config.tools = pinned
  })
  const { WAYBILL_TOOLS, PATH } = process.env
  const folders = [...(WAYBILL_TOOLS ? [join(WAYBILL_TOOLS, 'bin')] : []), PATH].join(':')
  const done = await source.json(['check'], { PATH: folders, HTTPS_PROXY: NOWHERE })
  const [first] = done.value.checks ?? []
  assert.ok(first, done.stdout)
  return { ...done, first, found: first.findings.map(({ id, location }) => `${id} ${location}`) }
}

/** A tree with these files and no others of an earlier test, in a history of its own. */
function planted(files: Readonly<Record<string, string>>): void {
  git(source.directory, ['checkout', '--quiet', '--orphan', `branch-${process.hrtime.bigint()}`])
  git(source.directory, [
    'rm',
    '--quiet',
    '-r',
    '-f',
    '--ignore-unmatch',
    '--',
    '.',
    ':!waybill.yaml',
    ':!trust.yaml',
    ':!.gitignore',
  ])
  source.write(files)
}

suite('gitleaks', { skip: skip.gitleaks }, () => {
  test('a secret that was taken back is found in the history, and a clean one passes', async () => {
    planted({ 'app.env': `TOKEN=${secret('a')}\n` })
    source.commit()
    source.write({ 'app.env': 'TOKEN=\n' })
    const all = await check([{ gitleaks: {} }])
    assert.deepEqual([all.code, all.first.counts.counted], [3, 1], all.stdout)
    assert.match(all.found[0] ?? '', /^github-pat app\.env:1 at [0-9a-f]{12}$/)
    assert.ok(!all.stdout.includes(secret('a')))
    assert.equal((await check([{ gitleaks: { history: 'none' } }])).code, 0)
    planted({ 'app.env': 'TOKEN=\n' })
    const clean = await check([{ gitleaks: {} }])
    assert.deepEqual([clean.code, clean.first.reason], [0, 'ran, and found nothing'], clean.stdout)
  })

  test('what the tree says about it changes nothing but what is told', async () => {
    planted({
      'comment.env': `TOKEN=${secret('b')} # gitleaks:allow\n`,
      'binary.env': `TOKEN=${secret('c')}\n`,
      'config.env': `TOKEN=${secret('d')}\n`,
      'file.env': `TOKEN=${secret('e')}\n`,
      '.gitattributes': 'binary.env -diff\n',
      '.gitleaks.toml': '[extend]\nuseDefault = true\n[allowlist]\npaths = ["config.env"]\n',
      '.gitleaksignore': `file.env:github-pat:1\n${source.directory}/binary.env:github-pat:1\n`,
    })
    const history = await check([{ gitleaks: {} }])
    assert.equal(history.code, 3, history.stdout)
    // Nothing allows the file that is only hidden.
    assert.deepEqual(history.first.counts, { found: 4, counted: 1, mild: 0, suppressed: 3 }, history.stdout)
    assert.match(history.found[0] ?? '', /^github-pat binary\.env:1 at/)
    const files = await check([{ gitleaks: { history: 'none' } }])
    assert.deepEqual(files.first.counts, { found: 4, counted: 1, mild: 0, suppressed: 3 }, files.stdout)
    assert.deepEqual(files.found, ['github-pat binary.env:1'])
  })
})

suite('checkov', { skip: skip.checkov }, () => {
  const asked = [{ checkov: { frameworks: ['terraform', 'dockerfile'] } }]

  test('a container that runs as root is found, whatever .checkov.yaml says; a good one passes', async () => {
    planted({ Dockerfile: ROOT_IMAGE, '.checkov.yaml': 'skip-check:\n  - CKV_DOCKER_8\n' })
    const root = await check(asked)
    assert.equal(root.code, 3, root.stdout)
    assert.ok(root.found.some((one) => one.startsWith('CKV_DOCKER_8 ')))
    assert.equal(root.first.tool?.version, '3.3.30')
    planted({ Dockerfile: GOOD_IMAGE })
    const good = await check(asked)
    assert.equal(good.code, 0, good.stdout)
  })

  test('what cannot be parsed is an error', async () => {
    planted({ 'main.tf': 'resource "aws_s3_bucket" {{{\n', 'good.tf': CLEAN_BUCKET })
    const broken = await check(asked)
    assert.deepEqual([broken.code, broken.first.result], [1, 'error'], broken.stdout)
  })
})

suite('hadolint', { skip: skip.hadolint }, () => {
  test('finds a root user, also one that a pragma allows, and passes a good file', async () => {
    planted({
      Dockerfile: ROOT_IMAGE,
      'api.Dockerfile': `FROM debian:12.1\n# hadolint ignore=DL3002\nUSER root\n`,
    })
    const root = await check([{ hadolint: { files: ['*Dockerfile'], block: ['medium', 'high'] } }])
    assert.deepEqual([root.code, root.found], [3, ['DL3002 Dockerfile:2']], root.stdout)
    assert.equal(root.first.counts.suppressed, 1)
    assert.match(root.first.tool?.version ?? '', /^2\.\d+/)
    planted({ Dockerfile: GOOD_IMAGE })
    assert.equal((await check([{ hadolint: {} }])).code, 0)
  })

  test('what cannot be parsed is an error', async () => {
    planted({ Dockerfile: 'FROM debian:12.1\nRUNN x\n' })
    assert.deepEqual([(await check([{ hadolint: {} }])).code], [1])
  })
})

suite('trivy', { skip: skip.trivy }, () => {
  test('finds secrets and misconfiguration offline, whatever .trivyignore says; a clean tree passes', async () => {
    planted({
      Dockerfile: ROOT_IMAGE,
      'a.env': `TOKEN=${secret('f')}\n`,
      '.trivyignore': 'DS-0002\ngithub-pat\n',
    })
    const bad = await check([{ trivy: { scanners: ['misconfig', 'secret'] } }])
    assert.equal(bad.code, 3, bad.stdout)
    assert.ok(bad.found.some((one) => one.startsWith('github-pat a.env')))
    assert.ok(bad.found.some((one) => one.startsWith('DS-0002 Dockerfile')))
    planted({ 'a.txt': 'nothing\n' })
    const clean = await check([{ trivy: { scanners: ['secret'] } }])
    assert.equal(clean.code, 0, clean.stdout)
  })

  test('without its database it cannot tell', async () => {
    const cache = join(source.directory, '.cache/empty')
    mkdirSync(cache, { recursive: true })
    const done = await check([{ trivy: { scanners: ['vuln'] } }])
    assert.deepEqual([done.code, done.first.code], [1, 'TOOL_FAILED'], done.stdout)
  })
})
