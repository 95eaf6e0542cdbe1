import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isFailure } from '../base/index.ts'
import type { WaybillError } from '../base/index.ts'
import { formatRepository } from '../oci/index.ts'
import { generateKey, signingErrors } from '../signing/index.ts'
import { gates } from '../policy/gates.ts'
import { oneOf } from './did-you-mean.ts'
import { configErrors, loadConfig, placeOf, upstreamOf } from './index.ts'
import { cpuTime } from '../../test/support/cpu-time.ts'

const GOOD = `version: 1
applications:
  ordersvc:
    source: https://git.example.com/contoso/ordersvc
  paysvc:
environments:
  dev:
    accepts: build
    repository: registry.example.com/dev/{application}
    tags: ["git-{commit}", dev]
    gates:
      - provenance: { event: push, branches: [dev] }
      - tests: { suites: [unit] }
    deliver:
      - kustomize: { repository: ../gitops.git, path: "environments/dev/{application}" }
    prove: [{ command: ./smoke.sh, timeout: 90s }]
  staging:
    after: dev
    repository: staging.example.com/{application}
    tags: ["{version}-rc.{n}"]
    gates:
      - passed: { environment: dev, soak: 30m }
  prod:
    after: { any: [staging] }
    repository: staging.example.com/{application}
    tags: ["{version}", "{major}.{minor}", stable]
    gates:
      - passed: { environment: staging }
      - approval: { count: 2, roles: [release-manager], signers: [erin] }
      - cel: "evidence.coverage.line >= 80"
    auto: queue
trust: trust.yaml
sign: { promotion: { key: env://PROMOTION_KEY, password: env://PROMOTION_PASSWORD }, build: { key: build.pem } }
registries: { "registry.example.com:5000": { plainHttp: true } }
`

let directory = ''
let trust = ''

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-config-'))
  const { publicKeyPem } = generateKey()
  trust = `version: 1
signers:
  - { id: erin, kind: key, key: erin.pub, identity: erin@example.com, roles: [release-manager], mayAssert: [approval] }
`
  await writeFile(join(directory, 'erin.pub'), publicKeyPem)
})
after(() => rm(directory, { recursive: true, force: true }))

async function load(text: string | Uint8Array, trustText = trust) {
  await writeFile(join(directory, 'waybill.yaml'), text)
  await writeFile(join(directory, 'trust.yaml'), trustText)
  return loadConfig(join(directory, 'waybill.yaml'))
}

async function refused(text: string | Uint8Array, trustText = trust): Promise<WaybillError> {
  try {
    await load(text, trustText)
  } catch (error) {
    assert.ok(isFailure(error), String((error as Error).stack))
    return error
  }
  return assert.fail('expected a refusal')
}

describe('loadConfig', () => {
  test('reads everything, with defaults', async () => {
    const config = await load(GOOD)
    assert.equal(config.directory, directory)
    assert.deepEqual([...config.environments.keys()], ['dev', 'staging', 'prod'])
    assert.deepEqual(config.environments.get('dev'), {
      name: 'dev',
      accepts: 'build',
      after: undefined,
      repository: 'registry.example.com/dev/{application}',
      tags: [
        { text: 'git-{commit}', mobility: 'immutable' },
        { text: 'dev', mobility: 'floating' },
      ],
      gates: [
        { kind: 'provenance', event: ['push'], branches: ['dev'], allowDirty: false },
        { kind: 'tests', suites: ['unit'] },
      ],
      deliver: [
        {
          kustomize: { repository: '../gitops.git', branch: 'main', path: 'environments/dev/{application}' },
        },
      ],
      prove: [{ command: './smoke.sh', timeout: 90_000 }],
      auto: 'off',
    })
    assert.deepEqual(config.environments.get('staging')?.after, { mode: 'all', environments: ['dev'] })
    assert.deepEqual(config.environments.get('prod')?.after, { mode: 'any', environments: ['staging'] })
    assert.equal(config.environments.get('prod')?.auto, 'queue')
    assert.deepEqual(config.applications.get('paysvc'), { name: 'paysvc', checks: [] })
    assert.deepEqual(config.sign.promotion, {
      key: 'env://PROMOTION_KEY',
      password: 'env://PROMOTION_PASSWORD',
    })
    assert.deepEqual(config.registries.get('registry.example.com:5000'), { plainHttp: true })
    assert.deepEqual(
      config.trust.signers.map((signer) => signer.id),
      ['erin'],
    )
  })

  test('registries that can pull images by themselves', async () => {
    const id = (name: string) =>
      `/subscriptions/10000000-0000-4000-8000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/${name}`
    const withCopy = (host: string, copy: object) =>
      GOOD.replace(/^registries: .*$/m, `registries: ${JSON.stringify({ [host]: { serverSideCopy: copy } })}`)
    const { registries } = await load(withCopy('prodacr.azurecr.io', { acr: { resourceId: id('prodAcr') } }))
    assert.deepEqual(registries.get('prodacr.azurecr.io')?.serverSideCopy, {
      acr: { resourceId: id('prodAcr'), management: 'https://management.azure.com', wait: 600_000 },
    })
    await load(withCopy('prodacr-a1b2c3.azurecr.io', { acr: { resourceId: id('prodacr') } }))
    const wrong: readonly (readonly [string, object, RegExp])[] = [
      ['prodacr.azurecr.io', { acr: { resourceId: id('devacr') } }, /would go into another registry/],
      ['prodacr.azurecr.io', { acr: { resourceId: '../../evil' } }, /xpected \/subscriptions\//],
      [
        'r.example',
        { acr: { resourceId: id('proda'), management: 'http://arm.example' } },
        /xpected an https/,
      ],
      [
        'r.example',
        { acr: { resourceId: id('proda'), management: 'https://arm.example/x' } },
        /without a path/,
      ],
      ['r.example', {}, /xactly one of "acr" and "harbor"/],
      ['r.example', { harbor: {}, acr: { resourceId: id('proda') } }, /xactly one/],
      ['r.example', { harbor: { wait: '60d' } }, /xpected 1s to 24h/],
      ['r.example', { harbor: { wait: 'long' } }, /xpected a duration/],
    ]
    for (const [host, copy, message] of wrong)
      assert.match((await refused(withCopy(host, copy))).message, message)
  })

  test('places: templates filled; environments may share a repository', async () => {
    const config = await load(GOOD)
    const dev = placeOf(config, 'ordersvc', 'dev')
    assert.equal(formatRepository(dev.repository), 'registry.example.com/dev/ordersvc')
    assert.deepEqual(dev.deliver, [
      { kustomize: { repository: '../gitops.git', branch: 'main', path: 'environments/dev/ordersvc' } },
    ])
    assert.deepEqual(
      placeOf(config, 'paysvc', 'staging').repository,
      placeOf(config, 'paysvc', 'prod').repository,
    )
    assert.deepEqual(upstreamOf(config, 'staging'), ['dev'])
    assert.deepEqual(upstreamOf(config, 'dev'), [])
  })

  test('places: unknown names', async () => {
    const config = await load(GOOD)
    const unknown = { code: configErrors.CONFIG_UNKNOWN_NAME.code, exit: 2 }
    assert.throws(() => placeOf(config, 'ordersvcs', 'dev'), {
      ...unknown,
      message:
        'Found the unknown application "ordersvcs", expected ordersvc or paysvc. Did you mean "ordersvc"?',
    })
    assert.throws(() => placeOf(config, 'ordersvc', 'prd'), { ...unknown, message: /Did you mean "prod"\?$/ })
    assert.throws(() => upstreamOf(config, 'nowhere'), {
      ...unknown,
      message: /expected dev, staging or prod\.$/,
    })
  })

  test('extends: the child wins, lists are replaced, accepts and after replace each other', async () => {
    const text = GOOD.replace(
      'trust: trust.yaml',
      `  prod-eu:
    extends: prod
    repository: eu.example.com/{application}
    tags: [stable]
  prod-us:
    extends: prod-eu
    repository: us.example.com/{environment}/{application}
    after: [prod-eu]
    gates: []
trust: trust.yaml`,
    )
    const config = await load(text)
    const prod = config.environments.get('prod')
    const eu = config.environments.get('prod-eu')
    assert.deepEqual({ ...eu, name: 'prod', repository: prod?.repository, tags: prod?.tags }, prod)
    assert.deepEqual(eu?.tags, [{ text: 'stable', mobility: 'floating' }])
    const us = config.environments.get('prod-us')
    assert.deepEqual([us?.after?.environments, us?.gates, us?.auto], [['prod-eu'], [], 'queue'])
    assert.equal(
      formatRepository(placeOf(config, 'paysvc', 'prod-us').repository),
      'us.example.com/prod-us/paysvc',
    )
  })

  test('the example of the documentation', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/reference/waybill-yaml.md'), 'utf8')
    const example = /^## Example\n\n```yaml\n(.*?)```/ms.exec(page)?.[1] ?? ''
    const config = await load(example)
    assert.deepEqual([...config.environments.keys()], ['dev', 'staging', 'prod'])
  })

  test('a missing file, a directory, a missing trust policy', async () => {
    const missing = await refusedFile(join(directory, 'nope.yaml'))
    assert.equal(missing.code, 'CONFIG_MISSING')
    assert.equal(missing.exit, 2)
    assert.equal((await refusedFile(directory)).code, 'CONFIG_MISSING')
    const trustless = await refused(GOOD.replace('trust: trust.yaml', 'trust: nope.yaml'))
    assert.deepEqual([trustless.code, trustless.where], ['CONFIG_MISSING', join(directory, 'nope.yaml')])
  })

  test('a trust policy with mistakes', async () => {
    const unknown = await refused(GOOD, trust.replace('mayAssert', 'mayAsert'))
    assert.match(unknown.where ?? '', /^trust\.yaml:3:/)
    assert.match(unknown.message, /Found the unknown key "mayAsert".*Did you mean "mayAssert"\?/)
    const keyless = await refused(GOOD, trust.replace('erin.pub', 'nobody.pub'))
    assert.equal(keyless.code, signingErrors.TRUST_INVALID.code)
  })
})

async function refusedFile(file: string): Promise<WaybillError> {
  const error: unknown = await loadConfig(file).catch((caught: unknown) => caught)
  assert.ok(isFailure(error))
  return error
}

interface Mistake {
  readonly find: string
  readonly put: string
  /** line:column */
  readonly at: string
  readonly message: string | RegExp
}

const MISTAKES: readonly Mistake[] = [
  { find: 'version: 1\n', put: '', at: '1:1', message: 'The key "version" is missing, expected 1.' },
  { find: 'version: 1', put: 'version: "1"', at: '1:10', message: 'Found "1", expected 1.' },
  {
    find: 'environments:\n',
    put: 'enviroments:\n',
    at: '1:1',
    message:
      /^Found 2 mistakes:\n.*The key "environments" is missing.*\n {2}6:1: Found the unknown key "enviroments".*Did you mean "environments"\?/,
  },
  {
    find: '    gates:\n      - provenance',
    put: '    gatez:\n      - provenance',
    at: '11:5',
    message:
      'Found the unknown key "gatez", expected extends, accepts, after, repository, tags, gates, exceptions, deliver, prove or auto. Did you mean "gates"?',
  },
  {
    find: 'provenance:',
    put: 'provenence:',
    at: '12:9',
    message: `Found the unknown key "provenence", expected ${oneOf(Object.keys(gates))}. Did you mean "provenance"?`,
  },
  {
    find: 'event: push',
    put: 'event: pull-request',
    at: '12:30',
    message: 'Found "pull-request", expected push, tag, schedule, manual or unknown.',
  },
  {
    find: 'branches:',
    put: 'branchs:',
    at: '12:36',
    message: /Found the unknown key "branchs".*Did you mean "branches"\?$/,
  },
  { find: 'suites: [unit]', put: 'suites: unit', at: '13:26', message: 'Found "unit", expected a list.' },
  {
    find: 'suites: [unit]',
    put: 'suites: []',
    at: '13:26',
    message: 'Found a list of 0, expected at least 1 in the list.',
  },
  {
    find: 'kustomize:',
    put: 'pullRequest:',
    at: '15:9',
    message: /^Found the unknown key "pullRequest", expected kustomize, helm or manifests/,
  },
  {
    find: 'path: "environments',
    put: 'paht: "environments',
    at: '15:20',
    message:
      /^Found 2 mistakes:\n.*The key "path" is missing, expected text\.\n {2}15:49: Found the unknown key "paht".*Did you mean "path"\?/,
  },
  {
    find: 'timeout: 90s',
    put: 'timeout: 90',
    at: '16:45',
    message: 'Found 90, expected text; put it in quotes.',
  },
  {
    find: 'after: dev',
    put: 'after: dve',
    at: '18:12',
    message: 'Found the unknown environment "dve", expected dev, staging or prod. Did you mean "dev"?',
  },
  {
    find: 'after: dev',
    put: 'after: prod',
    at: '18:12',
    message: 'Found a circle: staging after prod after staging.',
  },
  {
    find: 'after: dev',
    put: 'after: staging',
    at: '18:12',
    message: 'Found a circle: staging after staging.',
  },
  {
    find: '    after: dev\n',
    put: '',
    at: '17:3',
    message: 'The environment "staging" takes from nowhere, expected "after" or "accepts: build".',
  },
  {
    find: '    after: dev\n',
    put: '    after: dev\n    accepts: build\n',
    at: '17:3',
    message: 'The environment "staging" has "accepts: build" and "after", expected one of them.',
  },
  {
    find: '    after: dev\n',
    put: '    accepts: build\n',
    at: '17:3',
    message: '"dev" and "staging" both accept builds, expected one environment that does.',
  },
  {
    find: '    accepts: build\n',
    put: '    after: prod\n',
    at: '6:1',
    message: /No environment has "accepts: build"/,
  },
  {
    find: '    after: dev\n',
    put: '    after: dev\n    extends: stagin\n',
    at: '19:14',
    message: 'Found the unknown environment "stagin", expected dev, staging or prod. Did you mean "staging"?',
  },
  {
    find: '    after: dev\n',
    put: '    after: dev\n    extends: staging\n',
    at: '19:14',
    message: 'Found a circle: staging extends staging.',
  },
  {
    find: 'environment: dev, soak',
    put: 'environment: prod, soak',
    at: '22:32',
    message: 'The gate asks whether "prod" passed, but "staging" is not after it, expected dev.',
  },
  {
    find: 'soak: 30m',
    put: 'soak: half an hour',
    at: '22:43',
    message: 'Found "half an hour", expected a duration such as 30m, 24h or 7d.',
  },
  {
    find: '- passed: { environment: dev',
    put: '- signature: {}\n        passed: { environment: dev',
    at: '22:9',
    message: /^Found signature and passed, expected one gate per list entry/,
  },
  {
    find: '    repository: registry.example.com/dev/{application}\n',
    put: '',
    at: '7:3',
    message:
      /^The environment "dev" has no "repository", expected one such as registry\.example\.com\/dev\/\{application\}\./,
  },
  { find: 'dev/{application}\n', put: 'DEV/{application}\n', at: '9:17', message: /must be lower case/ },
  {
    find: 'dev/{application}\n',
    put: 'dev/{app}\n',
    at: '9:17',
    message:
      'Found "registry.example.com/dev/{app}", expected only the variables {application} and {environment}.',
  },
  {
    find: 'dev/{application}\n',
    put: 'dev/app\n',
    at: '9:17',
    message:
      '"ordersvc" and "paysvc" would share the repository registry.example.com/dev/app, expected {application} in it.',
  },
  {
    find: '"git-{commit}", dev',
    put: '"git-{comit}", dev',
    at: '10:12',
    message: /^Found the variable \{comit\} in "git-\{comit\}", expected one of \{commit\}/,
  },
  {
    find: '"git-{commit}", dev',
    put: '1.4, dev',
    at: '10:12',
    message: 'Found 1.4, expected text; put it in quotes.',
  },
  { find: '"git-{commit}", dev', put: 'dev, dev', at: '10:17', message: 'Found the tag "dev" twice.' },
  { find: '"git-{commit}", dev', put: 'promotions.dev', at: '10:12', message: /reserved/ },
  { find: '"{version}-rc.{n}"', put: '"rc.{n}"', at: '20:12', message: /^Found \{n\} without \{version\}/ },
  { find: '"{version}-rc.{n}"', put: '"{version}+{n}"', at: '20:12', message: /expected a tag: letters/ },
  {
    find: 'auto: queue',
    put: 'auto: true',
    at: '31:11',
    message: 'Found true, expected off, latest or queue.',
  },
  {
    find: 'roles: [release-manager]',
    put: 'roles: [release-manger]',
    at: '29:39',
    message:
      'Found the unknown role "release-manger", the trust policy has release-manager. Did you mean "release-manager"?',
  },
  {
    find: 'roles: [release-manager]',
    put: 'roles: { release-manger: 1 }',
    at: '29:40',
    message: /^Found the unknown role "release-manger"/,
  },
  {
    find: '- passed: { environment: staging }',
    put: '- attested: { signers: [zap] }',
    at: '28:31',
    message: /^Found the unknown signer "zap", the trust policy has erin\./,
  },
  {
    find: '- passed: { environment: staging }',
    put: '- canary: { environment: dev }',
    at: '28:32',
    message: 'The gate asks whether "dev" passed, but "prod" is not after it, expected staging.',
  },
  {
    find: '- passed: { environment: staging }',
    put: '- cel: upstream.dev.passed',
    at: '28:14',
    message: 'The gate asks whether "dev" passed, but "prod" is not after it, expected staging.',
  },
  {
    find: '- passed: { environment: staging }',
    put: '- window: { allow: "Mon-Thu 09:00-16:00 Europe/Berln" }',
    at: '28:47',
    message: 'Found "Europe/Berln" at the end, expected a time zone such as Europe/Berlin or UTC.',
  },
  {
    find: '- passed: { environment: staging }',
    put: '- freeze: { reason: x, until: tomorrow }',
    at: '28:37',
    message: /^Expected a time such as 2027-01-04T08:00:00Z/,
  },
  {
    find: '- passed: { environment: staging }',
    put: '- ticket: { url: "http://changes.example.com/{ticket}", states: [approved] }',
    at: '28:24',
    message: 'Expected https; plain http is for this machine itself only.',
  },
  {
    find: 'signers: [erin]',
    put: 'signers: [erim]',
    at: '29:67',
    message: /^Found the unknown signer "erim", the trust policy has erin\./,
  },
  { find: 'count: 2', put: 'count: 0', at: '29:28', message: 'Found 0, expected at least 1.' },
  {
    find: 'evidence.coverage.line >= 80',
    put: 'evidence.coverage.line >= limit',
    at: '30:41',
    message: 'Unknown variable: limit, at character 27 of the expression.',
  },
  {
    find: 'evidence.coverage.line >= 80',
    put: 'application',
    at: '30:15',
    message: /the result is a string, expected a bool/i,
  },
  {
    find: '  staging:\n',
    put: '  Staging:\n',
    at: '17:3',
    message: 'Found the name "Staging", expected lower-case letters, digits and inner dashes.',
  },
  { find: '  ordersvc:\n', put: '  ../etc:\n', at: '3:3', message: /^Found the name "\.\.\/etc"/ },
  { find: 'trust: trust.yaml\n', put: '', at: '1:1', message: 'The key "trust" is missing, expected text.' },
  {
    find: 'sign: { promotion',
    put: 'sign: { promotions',
    at: '33:9',
    message: /^Found the name "promotions", expected build, signature, tests/,
  },
  {
    find: 'password: env://PROMOTION_PASSWORD',
    put: 'password: hunter2',
    at: '33:58',
    message: 'Expected env://NAME; a password does not belong in this file.',
  },
  {
    find: 'build: { key: build.pem }',
    put: 'build: { key: k }, signature: { key: k }',
    at: '33:100',
    message: /^"build" uses the key of "signature"/,
  },
  {
    find: 'plainHttp: true',
    put: 'plainHttp: yes',
    at: '34:57',
    message: 'Found "yes", expected true or false.',
  },
  {
    find: '    auto: queue\n',
    put: '    auto: queue\n    auto: off\n',
    at: '32:5',
    message: 'Found the key "auto" twice; it is already in line 31.',
  },
  {
    find: '    auto: queue\n',
    put: '\tauto: queue\n',
    at: '31:1',
    message: /^Not valid YAML: Tabs are not allowed/,
  },
  {
    find: 'trust: trust.yaml',
    put: 'trust: !!js/function x',
    at: '32:8',
    message: /^Not valid YAML: Unresolved tag/,
  },
  {
    find: 'trust: trust.yaml\n',
    put: 'trust: trust.yaml\n---\nversion: 1\n',
    at: '33:1',
    message: /^Found a second YAML document, expected one\./,
  },
  {
    find: 'trust: trust.yaml\n',
    put: 'trust: trust.yaml\n__proto__: {}\n',
    at: '33:1',
    message: 'Found the unknown key "__proto__".',
  },
  {
    find: 'trust: trust.yaml\n',
    put: 'trust: trust.yaml\n"\\e[31m##vso[x]": 1\n',
    at: '33:1',
    message: /^Found the unknown key "\\u001b\[31m#·#vso\[x\]"/,
  },
]

describe('mistakes in waybill.yaml', () => {
  for (const { find, put, at, message } of MISTAKES) {
    test(`${find.trim()} → ${put.trim().slice(0, 60)}`, async () => {
      assert.ok(GOOD.includes(find))
      const error = await refused(GOOD.replace(find, put))
      assert.equal(error.code, 'CONFIG_INVALID')
      assert.equal(error.exit, 2)
      if (typeof message === 'string') assert.equal(error.message, message)
      else assert.match(error.message, message)
      assert.equal(error.where, `${join(directory, 'waybill.yaml')}:${at}`)
    })
  }

  test('all of them at once, the first leading', async () => {
    const error = await refused(
      GOOD.replace('event: push', 'event: pushed')
        .replace('soak: 30m', 'soak: 30x')
        .replace('auto: queue', 'auto: on'),
    )
    const { problems } = error.detail as { problems: { line: number }[] }
    assert.deepEqual(
      problems.map((problem) => problem.line),
      [12, 22, 31],
    )
    assert.match(error.where ?? '', /:12:30$/)
    assert.match(error.message, /^Found 3 mistakes:\n.*\n {2}22:43: .*\n {2}31:11: /)
  })
})

describe('hostile files', () => {
  const hostile: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['empty', '', /Found nothing, expected keys and values/],
    ['too large', `# ${'x'.repeat(1024 * 1024)}`, /limit is 1048576/],
    ['not UTF-8', Uint8Array.from([0x76, 0xff, 0xfe]), /not UTF-8/],
    [
      'alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
        .join('\n')}`,
      /aliases may multiply/,
    ],
    [
      'an alias of itself',
      GOOD.replace('gates:\n      - passed: { environment: dev, soak: 30m }', 'gates: &g [*g]'),
      /./,
    ],
    ['deep flow', '['.repeat(1_000_000), /Nested deeper/],
    ['deep mappings', `${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`, /Nested deeper/],
    [
      'deep blocks',
      Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /Nested deeper/,
    ],
    [
      'many keys',
      Array.from({ length: 80_000 }, (_, i) => `k${i}:`).join('\n'),
      /Found the unknown key "k0"|missing/,
    ],
    ['a long unknown key', GOOD.replace('trust:', `${'t'.repeat(900)}: 1\ntrust:`), /unknown key/],
  ]
  for (const [name, text, message] of hostile) {
    test(name, async () => {
      const start = cpuTime()
      const error = await refused(text)
      assert.equal(error.code, 'CONFIG_INVALID')
      assert.match(error.message, message)
      assert.ok(error.message.length < 10_000, `a message of ${error.message.length} characters`)
      assert.ok(cpuTime() - start < 8_000)
    })
  }
})
