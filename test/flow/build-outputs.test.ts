import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openBuiltRoad } from '../support/built-road.ts'

const NAMES = ['build.json', 'digest.env', 'image_digest.txt', 'image_reference.txt']
const push = ['--event', 'push', '--ref', 'refs/heads/dev']

describe('waybill build --outputs', () => {
  it('leaves the digest as text, dotenv and JSON', async (t) => {
    const { road, built, commit } = await openBuiltRoad(t, {
      tags: ['qa-{short}', 'dev'],
      environment: { NODE_ENV: 'development' },
    })
    const outcome = await built('one', [...push, '--version', '1.4.0', '--outputs', 'out'])
    const file = (name: string) => readFileSync(join(road.directory, 'out', name), 'utf8')
    assert.deepEqual(readdirSync(join(road.directory, 'out')).toSorted(), NAMES)
    assert.equal(file('image_digest.txt'), `${outcome.digest}\n`)
    assert.equal(file('image_reference.txt'), `${outcome.location}@${outcome.digest}\n`)
    assert.deepEqual(JSON.parse(file('build.json')), outcome)
    assert.deepEqual(
      outcome.warnings?.map(({ code }) => code),
      ['BAKED_IN_CONFIGURATION'],
    )
    const script = `set -eu; . ./out/digest.env; printf '%s\\n' "$WAYBILL_APPLICATION" "$WAYBILL_IMAGE" "$WAYBILL_TAGS" "$WAYBILL_COMMIT" "$WAYBILL_VERSION"`
    const said = execFileSync('sh', ['-c', script], { cwd: road.directory }).toString().trim().split('\n')
    const sha = commit()
    const tags = `git-${sha.slice(0, 8)},qa-${sha.slice(0, 7)},dev`
    assert.deepEqual(said, ['ordersvc', `${outcome.location}@${outcome.digest}`, tags, sha, '1.4.0'])
    assert.equal(await road.tag('dev', `qa-${sha.slice(0, 7)}`), outcome.digest)
  })

  it('quotes what a shell would take for more than text', async (t) => {
    const { road, built } = await openBuiltRoad(t)
    const folder = "o'ne $(touch hacked)"
    await built('one', ['--layout', folder, '--outputs', 'out'])
    const script = `. ./out/digest.env; printf %s "$WAYBILL_REPOSITORY"`
    const said = execFileSync('sh', ['-c', script], { cwd: road.directory }).toString()
    assert.ok(said.endsWith(folder), said)
    assert.ok(!existsSync(join(road.directory, 'hacked')))
  })

  it('leaves nothing of an earlier build when a build fails', async (t) => {
    const { road, build, built } = await openBuiltRoad(t)
    await built('one', [...push, '--outputs', 'out'])
    writeFileSync(join(road.directory, 'out', 'mine.txt'), 'kept')
    const failed = await build('two', ['--commit', '0'.repeat(40), '--outputs', 'out'])
    assert.equal(failed.code, 2, failed.stderr)
    assert.deepEqual(readdirSync(join(road.directory, 'out')), ['mine.txt'])
  })

  it('names what it shares with CI outputs alike, and leaves all of it or nothing', async (t) => {
    const { road, built, build } = await openBuiltRoad(t)
    await built('one', [...push, '--outputs', 'out'], { WAYBILL_OUTPUTS: 'ci.env' })
    const lines = (name: string) => readFileSync(join(road.directory, name), 'utf8').trim().split('\n')
    const [own, ci] = [lines('out/digest.env'), lines('ci.env')]
    assert.ok(ci.length >= 4)
    // Names that mean nothing here are set to nothing there.
    for (const line of ci.filter((one) => !one.endsWith('='))) assert.ok(own.includes(line), line)
    rmSync(join(road.directory, 'out', 'digest.env'))
    mkdirSync(join(road.directory, 'out', 'digest.env'))
    const failed = await build('two', [...push, '--outputs', 'out'])
    assert.equal(failed.code, 2)
    assert.match(failed.stdout, /OUTPUTS_UNUSABLE/)
    assert.ok(!existsSync(join(road.directory, 'out', 'build.json')))
  })

  it('refuses a dry run, and a folder that is none', async (t) => {
    const { road, build } = await openBuiltRoad(t)
    const dry = await build('one', ['--dry-run', '--outputs', 'out'])
    assert.equal(dry.code, 2)
    mkdirSync(join(road.directory, 'x'))
    writeFileSync(join(road.directory, 'x', 'file'), '')
    const file = await build('one', ['--outputs', 'x/file'])
    assert.equal(file.code, 2)
    assert.match(file.stdout, /OUTPUTS_UNUSABLE/)
  })
})

describe('waybill build, the tag of a commit', () => {
  it('refuses other bytes of the same commit and says what to do', async (t) => {
    const { build, built } = await openBuiltRoad(t)
    await built('one', push)
    const other = await build('one', push, { SOURCE_DATE_EPOCH: '1' })
    assert.equal(other.code, 3, other.stderr)
    assert.match(other.stdout, /IMMUTABLE_TAG_CONFLICT/)
    assert.match(other.stdout, /commitTag: unique/)
  })

  it('gives each CI run its own, where that is asked for', async (t) => {
    const { built, build, commit } = await openBuiltRoad(t, { commitTag: 'unique' })
    const short = async (env: NodeJS.ProcessEnv) => (await built('one', push, env)).tags
    const azure = (buildId: string) => ({
      TF_BUILD: 'True',
      BUILD_BUILDID: buildId,
      BUILD_REASON: 'IndividualCI',
    })
    const first = await short(azure('233'))
    assert.deepEqual(first, [`git-${commit().slice(0, 8)}-233`])
    const second = await short({ ...azure('234'), SYSTEM_JOBATTEMPT: '2', SOURCE_DATE_EPOCH: '1' })
    assert.deepEqual(second, [`git-${commit().slice(0, 8)}-234-2`])
    const outside = await build('one', push)
    assert.equal(outside.code, 2)
    assert.match(outside.stdout, /--run/)
    assert.deepEqual((await built('one', [...push, '--run', '7'])).tags, [`git-${commit().slice(0, 8)}-7`])
  })
})
