import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, describe } from 'node:test'
import type { Outcome } from '../../src/promotion/index.ts'
import { APP, openRoad } from '../support/road.ts'
import type { Road, RoadSigner } from '../support/road.ts'

const HOSTILE = 'Fix it \u001b[31m ##vso[task.setvariable]x <script>alert(1)</script> @all'

/** A checkout in the folder of waybill.yaml; commits → their ids. */
function checkout(directory: string, ...subjects: readonly string[]): readonly string[] {
  mkdirSync(directory, { recursive: true })
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', HOME: directory, GIT_CONFIG_GLOBAL: '/dev/null' }
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Dana Example', '-c', 'user.email=dana@contoso.example', ...args], {
      cwd: directory,
      env,
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet', '--initial-branch', 'dev', '.')
  return subjects.map((subject, index) => {
    writeFileSync(join(directory, 'file'), String(index))
    git('add', 'file')
    git('commit', '--quiet', '--message', subject)
    return git('rev-parse', 'HEAD')
  })
}

const deltaOf = (outcome: Outcome) => {
  assert.ok(outcome.delta)
  return outcome.delta
}

async function planned(road: Road, to: string, options = {}): Promise<Outcome> {
  return (await road.open()).plan({ application: APP, to }, options)
}

describe('commits', () => {
  it('between what is there and what comes, from the checkout beside waybill.yaml', async (t) => {
    const road = await openRoad(t)
    const [first, , , last] = checkout(
      road.directory,
      'One',
      'Two (#12)',
      'Merge pull request #7 from contoso/x',
      HOSTILE,
    )
    await road.carry('one', { commit: first! }, 'dev', 'staging')
    await road.carry('two', { commit: last!, version: '1.1.0' }, 'dev')
    const { commits } = deltaOf(await planned(road, 'staging'))
    assert.deepEqual([commits.unknown, commits.count, commits.lost], [undefined, 3, 0])
    assert.deepEqual(
      commits.listed.map(({ subject, pullRequests, author }) => [subject, pullRequests, author]),
      [
        [HOSTILE, [], 'Dana Example'],
        ['Merge pull request #7 from contoso/x', [7], 'Dana Example'],
        ['Two (#12)', [12], 'Dana Example'],
      ],
    )
    for (const output of ['text', 'markdown', 'json']) {
      const { stdout, code } = await road.cli(['plan', APP, '--to', 'staging', '-o', output])
      assert.equal(code, 0, stdout)
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout, /\u001b|##vso\[/)
      if (output === 'markdown') assert.doesNotMatch(stdout, /<script|@all/)
    }
  })

  it('an older image: what would be lost is counted', async (t) => {
    const road = await openRoad(t, { git: false })
    const [first, second] = checkout(road.directory, 'One', 'Two')
    await road.carry('new', { commit: second!, version: '1.1.0' }, 'dev', 'staging')
    await road.carry('old', { commit: first! }, 'dev')
    const { commits } = deltaOf(await planned(road, 'staging'))
    assert.deepEqual([commits.count, commits.lost], [0, 1])
  })

  it('no checkout has them: said, and no error; a source at hand is asked', async (t) => {
    const road = await openRoad(t, { git: false })
    await road.carry('one', {}, 'dev', 'staging')
    await road.carry('two', {}, 'dev')
    const unknown = await planned(road, 'staging')
    assert.equal(unknown.outcome, 'planned')
    assert.match(deltaOf(unknown).commits.unknown ?? '', /no checkout.*--fetch-commits asks https:/)

    const elsewhere = join(road.directory, 'elsewhere')
    const [first, second] = checkout(elsewhere, 'One', 'Two')
    road.config.applications[APP] = { source: elsewhere }
    road.change('dev', { gates: [] })
    await road.carry('three', { commit: first! }, 'dev', 'staging')
    await road.carry('four', { commit: second! }, 'dev')
    const { commits } = deltaOf(await planned(road, 'staging'))
    assert.deepEqual([commits.unknown, commits.count], [undefined, 1])
  })

  it('a commit that is an option of git is no commit', async (t) => {
    const road = await openRoad(t, { git: false })
    checkout(road.directory, 'One')
    road.change('dev', { gates: [], tags: [] })
    await road.carry('one', { commit: '--output=/tmp/x' }, 'dev', 'staging')
    await road.carry('two', {}, 'dev')
    assert.match(deltaOf(await planned(road, 'staging')).commits.unknown ?? '', /is no commit id/)
  })
})

describe('image, manifests, tags', () => {
  it('what would change, file by file, and nothing else', async (t) => {
    const road = await openRoad(t)
    const before = await road.carry('one', {}, 'dev', 'staging', 'prod')
    const after = await road.carry('two', { version: '1.1.0' }, 'dev', 'staging')
    const { against, image, manifests, tags, missing, earliest } = deltaOf(await planned(road, 'prod'))
    assert.equal(against?.digest, before)
    assert.deepEqual(
      image.platforms.map(({ platform, change }) => [platform, change]),
      [
        ['linux/amd64', 'changed'],
        ['linux/arm64', 'changed'],
      ],
    )
    const [file] = manifests.files
    assert.equal(manifests.files.length, 1)
    assert.equal(file?.path, 'environments/prod/ordersvc/kustomization.yaml')
    const changed = file.diff.split('\n').filter((line) => /^[-+](?![-+])/.test(line))
    assert.ok(changed.some((line) => line.startsWith('-') && line.includes(before)))
    assert.ok(changed.some((line) => line.startsWith('+') && line.includes(after)))
    assert.deepEqual(
      tags.map(({ tag, before: was }) => [tag, was]),
      [
        ['1.1.0', undefined],
        ['1.1', undefined],
        ['1', before],
        ['stable', before],
      ],
    )
    assert.deepEqual([missing, earliest], [[], undefined])
    assert.equal(road.inGit('prod'), before)
  })

  it('the first image of an environment: all of it is new', async (t) => {
    const road = await openRoad(t)
    await road.carry('one', {}, 'dev')
    const { against, commits, image, tags } = deltaOf(await planned(road, 'staging'))
    assert.equal(against, undefined)
    assert.match(commits.unknown ?? '', /nothing is there/)
    assert.deepEqual(
      image.platforms.map(({ change }) => change),
      ['added', 'added'],
    )
    assert.deepEqual(tags, [{ tag: '1.0.0-rc.1', mobility: 'immutable' }])
  })

  it('what is there already has no delta', async (t) => {
    const road = await openRoad(t)
    await road.carry('one', {}, 'dev', 'staging')
    const outcome = await planned(road, 'staging')
    assert.deepEqual([outcome.outcome, outcome.delta], ['already', undefined])
  })

  it('what is there is gone from the registry: said, and the verdict stands', async (t) => {
    const road = await openRoad(t, { layout: 'separate' })
    const gone = await road.carry('one', {}, 'dev', 'staging')
    await road.carry('two', {}, 'dev')
    await road.store('staging').deleteManifest(gone)
    road.env.WAYBILL_CACHE = 'off'
    const outcome = await planned(road, 'staging')
    assert.equal(outcome.outcome, 'planned')
    assert.match(deltaOf(outcome).image.unknown ?? '', /^There is no digest sha256:/)
  })

  it('a deliver block that cannot work: an error when it would go, told beside another no', async (t) => {
    const road = await openRoad(t)
    await road.carry('one', {}, 'dev')
    const deliver = [{ kustomize: { repository: road.gitops.directory, path: 'nowhere' } }]
    road.change('staging', { deliver })
    await assert.rejects(planned(road, 'staging'), { code: 'LOCATOR_NOT_FOUND' })
    road.change('staging', { deliver, gates: [{ signature: { count: 3 } }] })
    const outcome = await planned(road, 'staging')
    assert.equal(outcome.outcome, 'refused')
    assert.match(deltaOf(outcome).manifests.unknown ?? '', /Found no nowhere/)
  })
})

describe('packages and vulnerabilities', () => {
  const bom = (...names: readonly string[]) => ({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: names.map((text) => {
      const [name, version] = text.split('@')
      return { type: 'library', name, version, purl: `pkg:npm/${text}` }
    }),
  })
  const scan = (...ids: readonly string[]) => ({
    scanner: {
      uri: 'pkg:github/aquasecurity/trivy@0.60.0',
      db: { lastUpdate: '2025-03-03T06:00:00Z' },
      result: ids.map((id) => ({ id, severity: [{ method: 'CVSSv3', score: '9.8' }] })),
    },
    metadata: { scanStartedOn: '2025-03-03T08:00:00Z', scanFinishedOn: '2025-03-03T08:01:00Z' },
  })
  const mayScan = (signers: RoadSigner[]) => {
    const tests = signers.find(({ id }) => id === 'ci-tests')
    if (tests) tests.mayAssert = ['test-result', 'cyclonedx', 'vulnerabilities']
  }

  it('of the signed SBOMs and scans on both sides; none on one side is said, not shown as "all new"', async (t) => {
    const road = await openRoad(t, { git: false, trust: mayScan })
    const tell = async (seed: string, version: string, sbom: object, found: object) => {
      const digest = await road.build(seed, { version })
      await road.say(road.store('dev'), digest, 'cyclonedx', sbom, 'tests')
      await road.say(road.store('dev'), digest, 'vulnerabilities', found, 'tests')
      return road.carry(seed, { version }, 'dev')
    }
    await tell('one', '1.0.0', bom('a@1', 'b@1', 'c@1'), scan('CVE-2025-1', 'CVE-2025-2'))
    await road.promote('staging')
    road.later(1)
    await tell('two', '1.1.0', bom('a@1', 'b@2', `d${HOSTILE}@1`), scan('CVE-2025-2', 'CVE-2025-3'))
    const { packages, vulnerabilities } = deltaOf(await planned(road, 'staging'))
    assert.deepEqual(packages.counts, { added: 1, removed: 1, changed: 1 })
    assert.deepEqual(
      packages.changed.map(({ name, before, after }) => [name, before?.version, after?.version]),
      [['b', '1', '2']],
    )
    assert.deepEqual(
      [vulnerabilities.introduced, vulnerabilities.fixed, vulnerabilities.kept].map((list) =>
        list.map(({ id }) => id),
      ),
      [['CVE-2025-3'], ['CVE-2025-1'], ['CVE-2025-2']],
    )
    const { stdout } = await road.cli(['plan', APP, '--to', 'staging'])
    assert.match(stdout, /1 introduced, 1 fixed, 1 kept/)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /\u001b|##vso\[/)

    await road.carry('three', { version: '1.2.0' }, 'dev')
    const bare = deltaOf(await planned(road, 'staging'))
    assert.match(bare.packages.unknown ?? '', /this image has no signed SBOM/)
    assert.deepEqual(bare.vulnerabilities.counts, { introduced: 0, fixed: 0, kept: 0 })
    assert.match(bare.vulnerabilities.unknown ?? '', /this image has no signed vulnerability scan/)
  })
})

describe('what is missing', () => {
  const approval = { approval: { count: 1, roles: ['release-manager'] } }

  it('each gate with the command that mends it, and the earliest time', async (t) => {
    const road = await openRoad(t, { git: false })
    road.change('staging', { gates: [{ passed: { environment: 'dev', soak: '30m' } }, approval] })
    const digest = await road.carry('one', {}, 'dev')
    const outcome = await planned(road, 'staging')
    assert.equal(outcome.outcome, 'pending')
    assert.deepEqual(deltaOf(outcome).missing, [
      { gate: 'passed', result: 'pending', earliest: '2025-03-03T09:30:00Z' },
      {
        gate: 'approval',
        result: 'pending',
        command: `waybill approve ordersvc staging --image ${digest} --key KEY`,
      },
    ])
    assert.equal(deltaOf(outcome).earliest, '2025-03-03T09:30:00Z')
  })

  it('no earliest time while a no stands', async (t) => {
    const road = await openRoad(t, { git: false })
    road.change('staging', {
      gates: [{ passed: { environment: 'dev', soak: '30m' } }, { tests: { suites: ['it is slow', 'e2e'] } }],
    })
    const digest = await road.carry('one', {}, 'dev')
    const { missing, earliest } = deltaOf(await planned(road, 'staging'))
    assert.equal(
      missing[1]?.command,
      `waybill attest ordersvc ${digest} --environment dev --report FILE --suite 'it is slow'`,
    )
    assert.equal(earliest, undefined)
  })

  it('a missing report is attested where the image is looked at, and no tag is said to stay', async (t) => {
    const road = await openRoad(t, { git: false })
    road.change('staging', { gates: [{ sbom: {} }, { vulnerabilities: {} }] })
    const digest = await road.carry('one', {}, 'dev')
    const { delta } = await planned(road, 'staging')
    assert.deepEqual(
      delta?.missing.map(({ command }) => command),
      ['SBOM', 'SCAN'].map((file) => `waybill attest ordersvc ${digest} --environment dev --report ${file}`),
    )
    const { stdout } = await road.cli(['plan', APP, '--to', 'staging'])
    assert.match(stdout, /tags +none, as it is not let in/)
    assert.match(stdout, /image +\d platforms? added/)
  })

  it('never promoted upstream: the command names the place it has to go through', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await road.build('one')
    const outcome = await (await road.open()).plan({ application: APP, to: 'staging', image: digest })
    assert.equal(deltaOf(outcome).missing[0]?.command, 'waybill promote ordersvc --to dev')
    assert.equal(deltaOf(outcome).missing[1]?.command, 'waybill pass ordersvc dev')
  })
})

describe('what it costs', () => {
  it('nothing of the candidate is read twice, and --no-delta reads nothing of what is there', async (t) => {
    const road = await openRoad(t, { git: false })
    const before = await road.carry('one', {}, 'dev', 'staging')
    const after = await road.carry('two', {}, 'dev')
    const requests = async (options: object) => {
      const from = road.nonprod.requests.length
      await planned(road, 'staging', options)
      return road.nonprod.requests.slice(from).map(({ method, path }) => `${method} ${path}`)
    }
    const plain = await requests({ delta: false })
    const full = await requests({})
    const more = [...full]
    for (const one of plain) more.splice(more.indexOf(one), 1)
    assert.equal(full.length - plain.length, more.length)
    assert.ok(!more.some((one) => one.includes(after)), more.join('\n'))
    assert.ok(more.some((one) => one.includes(before)))
    assert.equal(new Set(full).size, full.length, full.toSorted().join('\n'))
  })
})
