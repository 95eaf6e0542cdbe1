import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { bundlesOn } from '../support/attached.ts'
import { filledIn, lineOf, typed } from '../support/guide.ts'
import { putIndex } from '../support/images.ts'
import { findTool } from '../support/outside-tool.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

// Real tools look at things in which something was planted; `waybill attest --report` signs what they wrote, and the
// gates judge it. The command lines are those of docs/guide/evidence.md.
const PAGE = 'evidence.md'
// In two parts, so that nobody finds a secret here.
const SECRET = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`
const bucket = (word: string, comment = '') => `
resource "aws_s3_bucket" "orders" {
  ${comment}
  bucket = "orders"
}
resource "aws_s3_bucket_acl" "orders" {
  bucket = aws_s3_bucket.orders.id
  acl    = "${word}"
}
`

const without = async (program: string) => !(await findTool(program)) && `${program} is not on this machine`
const skip = {
  gitleaks: await without('gitleaks'),
  checkov: await without('checkov'),
  syft: await without('syft'),
  trivy: await without('trivy'),
}

const ends: (() => Promise<void> | void)[] = []
let road: Road
before(async () => {
  road = await openRoad(
    { after: (end) => void ends.push(end) },
    {
      git: false,
      edit: (config) => {
        const key = { key: 'env://KEY_TESTS' }
        config.sign = { ...(config.sign as object), cyclonedx: key, spdx: key, vulnerabilities: key }
      },
      trust: (signers) => {
        for (const each of signers)
          if (each.id === 'ci-tests') each.mayAssert = ['test-result', 'cyclonedx', 'spdx', 'vulnerabilities']
      },
    },
  )
  road.only('dev')
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

/** A folder with these files, as a git repository. */
async function sources(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(road.directory, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const git = 'git -c user.name=dana -c user.email=dana@contoso.example'
  await says(`git init --quiet . && git add -A && ${git} commit --quiet --message one`, directory)
  return directory
}

async function says(script: string, directory: string): Promise<string> {
  const { code, stdout, stderr } = await typed(script, directory)
  assert.equal(code, 0, `${script}\n${stdout}${stderr}`)
  return stdout
}

/** The page's `waybill …`, about this image; `more` flags at its end. */
async function attests(begin: string, seed: string, ...more: readonly string[]) {
  const [, ...words] = filledIn(lineOf(PAGE, begin), { 'git-4f2a91c7': imageTag(seed) }).split(' ')
  return attest(...words.slice(1), ...more)
}

async function attest(...words: readonly string[]) {
  const done = await road.cli(['attest', ...words, '-o', 'json'])
  const answer = JSON.parse(done.stdout) as { readonly code?: string; readonly summary?: string }
  return { ...done, ...(answer.code !== undefined && { error: answer.code }) }
}

/** What one gate of dev says. */
async function judged(seed: string, gate: object): Promise<string> {
  road.change('dev', { gates: [gate], tags: ['dev'] })
  const { verdict } = await road.promote('dev', { image: imageTag(seed), dryRun: true })
  const [kind] = Object.keys(gate)
  const found = verdict.gates.find((each) => each.gate === kind)
  return `${found?.result}: ${found?.reason}`
}

/** An image and a report's files in the road's folder, where `waybill attest` finds them. */
async function reported(seed: string, directory: string, ...files: readonly string[]): Promise<Digest> {
  for (const file of files) cpSync(join(directory, file), join(road.directory, file), { recursive: true })
  return road.build(seed, { provenance: false, signature: false, unit: false })
}

suite('gitleaks', { skip: skip.gitleaks }, () => {
  const gate = { secrets: { tools: ['gitleaks'] } }
  const look = lineOf(PAGE, 'gitleaks git')
  const say = 'waybill attest ordersvc git-4f2a91c7 --report gitleaks.json'

  test('a planted secret is found and stops, and is in nothing that is signed', async () => {
    const directory = await sources('leaking', { 'deploy.sh': `export GITHUB_TOKEN=${SECRET}\n` })
    await says(look, directory)
    const digest = await reported('leaking', directory, 'gitleaks.json')
    assert.equal((await attests(say, 'leaking')).code, 0)
    assert.match(await judged('leaking', gate), /^fail: gitleaks.*1 secret found/)
    const [bundle] = await bundlesOn(road.store('dev'), digest)
    const payload = JSON.parse(bundle?.bytes.toString('utf8') ?? '').dsseEnvelope.payload as string
    const signed = Buffer.from(payload, 'base64').toString('utf8')
    assert.match(signed, /github-pat/)
    assert.doesNotMatch(signed, new RegExp(`${SECRET.slice(4, 12)}|dana`))
  })

  test('as SARIF likewise, though it was not told to hide it', async () => {
    const directory = join(road.directory, 'leaking')
    await says('gitleaks git -f sarif -r gitleaks.sarif --exit-code 0 .', directory)
    assert.match(readFileSync(join(directory, 'gitleaks.sarif'), 'utf8'), new RegExp(SECRET))
    const digest = await reported('leaking sarif', directory, 'gitleaks.sarif')
    const done = await attest(APP, imageTag('leaking sarif'), '--report', 'gitleaks.sarif')
    assert.equal(done.code, 0, done.stderr)
    assert.match(await judged('leaking sarif', gate), /^fail: gitleaks.*1 secret found/)
    const [bundle] = await bundlesOn(road.store('dev'), digest)
    const payload = JSON.parse(bundle?.bytes.toString('utf8') ?? '').dsseEnvelope.payload as string
    assert.doesNotMatch(Buffer.from(payload, 'base64').toString('utf8'), new RegExp(SECRET.slice(4)))
  })

  test('a clean history passes; no report does not', async () => {
    const directory = await sources('clean', { 'deploy.sh': 'echo "$GITHUB_TOKEN"\n' })
    await says(look, directory)
    await reported('clean', directory, 'gitleaks.json')
    assert.match(await judged('clean', gate), /^fail: no signed scan/)
    assert.equal((await attests(say, 'clean')).code, 0)
    assert.match(await judged('clean', gate), /^pass: gitleaks.*0 secrets found/)
  })
})

suite('checkov', { skip: skip.checkov }, () => {
  const gate = { misconfiguration: { tools: ['checkov'], ids: ['CKV_AWS_20'] } }
  const look = lineOf(PAGE, 'checkov -d infra')
  const say = 'waybill attest ordersvc git-4f2a91c7 --report out/results_json.json'
  const looked = async (name: string, files: Readonly<Record<string, string>>) => {
    const directory = await sources(name, files)
    await says(look, directory)
    await reported(name, directory, 'out')
    return attests(say, name)
  }

  test('a planted public bucket is found and stops', async () => {
    const done = await looked('public', { 'infra/main.tf': bucket('public-read') })
    assert.equal(done.code, 0, done.stderr)
    assert.match(await judged('public', gate), /^fail: checkov.*1 of them may not be there/)
  })

  test('a private one passes', async () => {
    assert.equal((await looked('private', { 'infra/main.tf': bucket('private') })).code, 0)
    assert.match(await judged('private', gate), /^pass: checkov/)
  })

  test('one that was set aside passes only where that is allowed', async () => {
    assert.equal(
      (
        await looked('aside', {
          'infra/main.tf': bucket('public-read', '#checkov:skip=CKV_AWS_20:public on purpose'),
        })
      ).code,
      0,
    )
    assert.match(await judged('aside', gate), /^pass: checkov.*1 suppressed/)
    const strict = { misconfiguration: { ...gate.misconfiguration, allowSuppressed: false } }
    assert.match(await judged('aside', strict), /^fail: checkov/)
  })

  test('a folder with nothing to check, or with what cannot be parsed, is no clean one', async () => {
    const nothing = await looked('nothing', { 'infra/notes.txt': 'nothing here' })
    assert.deepEqual([nothing.error, nothing.code], ['REPORT_EMPTY', 1])
    const broken = await looked('broken', { 'infra/main.tf': 'resource "aws_s3_bucket" {{{\n' })
    assert.ok(['REPORT_FAILED', 'REPORT_EMPTY'].includes(broken.error ?? ''), broken.stdout)
  })
})

const INSTALLED = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
  'app/node_modules/ms/package.json': JSON.stringify({ name: 'ms', version: '2.1.3', license: 'MIT' }),
  'app/node_modules/copyleft/package.json': JSON.stringify({
    name: 'copyleft',
    version: '1.0.0',
    license: 'GPL-3.0-only',
  }),
}

/** An image with packages in it, tagged as CI does. */
async function filled(seed: string, files: Readonly<Record<string, string>> = INSTALLED) {
  const index = await putIndex(road.store('dev'), { seed, files }, imageTag(seed))
  const { digest } = index.descriptor
  const platforms = childrenOf(index.manifest).map((child) => child.digest)
  return { digest, platforms, reference: `${road.repository('dev')}@${digest}` }
}

suite('syft', { skip: skip.syft }, () => {
  const look = lineOf(PAGE, 'syft scan')
  const say = 'waybill attest ordersvc git-4f2a91c7 --report arm64.cdx.json'
  const gate = { sbom: { tools: ['syft'], minComponents: 2 } }
  const looked = (reference: string, change: Readonly<Record<string, string>> = {}) =>
    says(filledIn(look, { 'registry.example.com/ordersvc@sha256:…': reference, ...change }), road.directory)
  const amd64 = { 'linux/arm64': 'linux/amd64', 'arm64.cdx.json': 'amd64.cdx.json' }

  test('an SBOM of each platform is asked for, and each counts for its own', async () => {
    const { reference } = await filled('syft')
    await looked(reference)
    const unsaid = await attest(APP, imageTag('syft'), '--report', 'arm64.cdx.json')
    assert.deepEqual([unsaid.error, unsaid.code], ['REPORT_PLATFORM', 2])
    assert.equal((await attests(say, 'syft')).code, 0)
    assert.match(await judged('syft', gate), /^fail: linux\/amd64: no signed SBOM/)
    await looked(reference, amd64)
    const words = [APP, imageTag('syft'), '--report', 'amd64.cdx.json', '--platform', 'linux/amd64']
    assert.equal((await attest(...words)).code, 0)
    assert.match(await judged('syft', gate), /^pass: linux\/amd64 and linux\/arm64: CycloneDX .* by syft/)
    assert.match(await judged('syft', { licences: { deny: ['GPL-3.0-only'] } }), /^fail: .*copyleft/)
    assert.match(await judged('syft', { licences: { deny: ['AGPL-3.0-only'] } }), /^pass/)
  })

  test('of a platform by its own digest nobody need say which, nor in SPDX', async () => {
    const { platforms, reference } = await filled('syft by digest')
    const [first = '', second = ''] = platforms.map((digest) => reference.replace(/@.*/, `@${digest}`))
    await says(`syft scan registry:${first} -o cyclonedx-json=first.cdx.json`, road.directory)
    const arm = '--platform linux/arm64'
    await says(`syft scan registry:${reference} ${arm} -o spdx-json=second.spdx.json`, road.directory)
    assert.ok(second)
    for (const file of ['first.cdx.json', 'second.spdx.json']) {
      const done = await attest(APP, imageTag('syft by digest'), '--report', file)
      assert.equal(done.code, 0, done.stdout)
    }
    assert.match(await judged('syft by digest', gate), /^pass: /)
  })

  test('an SBOM of another image is refused', async () => {
    const [one] = [await filled('syft one'), await filled('syft two', { 'etc/os-release': 'ID=other\n' })]
    await looked(one.reference)
    const done = await attests(say, 'syft two')
    assert.deepEqual([done.error, done.code], ['REPORT_SUBJECT', 3])
  })
})

suite('trivy', { skip: skip.trivy }, () => {
  // Without its database, which is not on this machine: what else it knows.
  const image = 'trivy image --quiet --insecure --offline-scan --cache-dir trivy-cache --platform linux/amd64'

  test('its SBOM says of which platform it is', async () => {
    const { reference } = await filled('trivy')
    await says(`${image} --format cyclonedx --output trivy.cdx.json ${reference}`, road.directory)
    const done = await attest(APP, imageTag('trivy'), '--report', 'trivy.cdx.json')
    assert.equal(done.code, 0, done.stdout)
    assert.match(await judged('trivy', { sbom: { tools: ['trivy'] } }), /^fail: linux\/arm64: no signed SBOM/)
  })

  test('a secret in the image is found and stops; a report on another image is refused', async () => {
    const { reference } = await filled('trivy leak', { 'app/env': `GITHUB_TOKEN=${SECRET}\n` })
    const secrets = `${image} --scanners secret --format json --output trivy.json`
    await says(`${secrets} ${reference}`, road.directory)
    assert.equal((await attest(APP, imageTag('trivy leak'), '--report', 'trivy.json')).code, 0)
    assert.match(await judged('trivy leak', { secrets: { tools: ['trivy'] } }), /^fail: trivy.*secret/)
    await filled('trivy other')
    const other = await attest(APP, imageTag('trivy other'), '--report', 'trivy.json')
    assert.deepEqual([other.error, other.code], ['REPORT_SUBJECT', 3])
  })

  test('a planted misconfiguration is found and stops', async () => {
    const directory = await sources('trivy config', { 'infra/main.tf': bucket('public-read') })
    await says(
      'trivy config --quiet --skip-check-update --format json --output trivy-config.json infra',
      directory,
    )
    await reported('trivy config', directory, 'trivy-config.json')
    assert.equal((await attest(APP, imageTag('trivy config'), '--report', 'trivy-config.json')).code, 0)
    assert.match(await judged('trivy config', { misconfiguration: {} }), /^fail: trivy/)
  })
})
