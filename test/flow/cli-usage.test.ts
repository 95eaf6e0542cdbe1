import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { commandPaths } from '../../scripts/cli-docs.ts'
import { outputSchemas } from '../../scripts/output-schemas.ts'
import { systemClock } from '../../src/base/index.ts'
import { runCli } from '../../src/cli/cli.ts'
import { helpFor } from '../../src/cli/help.ts'
import { readPrivateKey, readPublicKey } from '../../src/signing/index.ts'
import { plainPaint } from '../../src/report/index.ts'
import { waybill } from '../support/waybill-process.ts'
import { MAIN } from '../support/command-line.ts'

const cwd = await mkdtemp(join(tmpdir(), 'waybill-cli-'))
after(() => rm(cwd, { recursive: true, force: true }))

/** The whole command line without the process around it. */
async function inProcess(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const text = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY: false,
    terminal: undefined,
    write: (more: string) => (text[name] += more),
    flushed: async () => undefined,
  })
  const code = await runCli(words, {
    cwd,
    env,
    stdout: output('stdout'),
    stderr: output('stderr'),
    signal: new AbortController().signal,
    interruptCode: () => undefined,
    clock: systemClock,
    askSecret: async () => undefined,
    askLine: async () => undefined,
  })
  return { code, ...text }
}

suite('cli: usage', () => {
  test('--version is the version of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    assert.deepEqual(await waybill(['--version'], { cwd }), {
      code: 0,
      stdout: `waybill ${version}\n`,
      stderr: '',
    })
  })

  test('without words it shows the commands and the exit codes', async () => {
    const { code, stdout, stderr } = await waybill([], { cwd })
    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.match(stdout, /promote +Move one digest/)
    assert.match(stdout, /3 {2}refused/)
  })

  test('every help fits 80 columns and has examples and exit codes', async () => {
    for (const path of commandPaths()) {
      const text = (await helpFor([...path, '--help'], plainPaint)) ?? ''
      for (const line of text.split('\n').filter((one) => !one.startsWith('  waybill '))) {
        assert.ok(line.length <= 80, `${path.join(' ')}: ${line}`)
      }
      assert.match(text, /Examples:\n {2}# .*\n {2}waybill /)
      assert.match(text, /4 {2}pending/)
    }
  })

  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a misspelt command', ['promte'], /no command "promte"; did you mean `promote`\?/],
    ['a misspelt command of a group', ['image', 'cpy'], /no command "image cpy"; did you mean `copy`\?/],
    ['an unknown flag', ['promote', 'a', '--too', 'b'], /no flag --too; did you mean --to\?/],
    ['a missing argument', ['promote', '--to', 'b'], /argument <application> is missing/],
    ['a missing flag', ['promote', 'a'], /--to is missing/],
    ['too many arguments', ['status', 'a', 'b'], /"b" as one argument too many/],
    ['a flag before the command', ['-c', 'x.yaml', 'status'], /-c before the command/],
    ['a flag given twice', ['status', '-q', '-q'], /--quiet is given twice/],
    ['an empty value', ['promote', '', '--to', 'b'], /it is empty/],
    [
      'an output this command does not have',
      ['status', '-o', 'html'],
      /"html" for --output, expected text, json/,
    ],
    ['an unknown shell', ['completion', 'tcsh'], /"tcsh", expected bash, zsh, fish/],
    [
      'flags that exclude each other',
      ['attest', 'a', 'i', '--signature', '--junit', 'r.xml'],
      /exactly one of/,
    ],
    [
      'a flag that would change nothing',
      ['attest', 'a', 'i', '--signature', '--suite', 's'],
      /--suite does not go with --signature/,
    ],
    [
      'SonarQube without its address',
      ['attest', 'a', 'i', '--sonar', 'report-task.txt'],
      /--sonar needs --sonar-url/,
    ],
    ['a bad address', ['registry', 'serve', '--root', 'r', '--listen', 'nowhere'], /expected host:port/],
    ['a name without a password', ['registry', 'serve', '--root', 'r', '--username', 'ci'], /go together/],
  ]
  for (const [name, words, message] of refused) {
    test(`${name} ends with 2`, async () => {
      const { code, stdout, stderr } = await inProcess(words)
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, /^error USAGE: /)
      assert.match(stderr, message)
      assert.match(stderr, /\n {2}next: Run waybill .*--help/)
      assert.doesNotMatch(stderr, /\bat .*\.ts:\d+/)
    })
  }

  test('what the operating system refuses is no defect of Waybill', async () => {
    await writeFile(join(cwd, 'file'), '')
    const { code, stderr } = await inProcess(['key', 'generate', '--output-prefix', 'file/inside/x'])
    assert.equal(code, 1)
    assert.match(stderr, /^error SYSTEM_REFUSED: .*: a part of the path is no folder\.\n {2}at: /)
  })

  test('with -o json an error is the one document on stdout', async () => {
    for (const words of [
      ['promte', '-o', 'json'],
      ['status', '-o=json', '-x'],
      ['status', '-o', 'json'],
    ]) {
      const { code, stdout, stderr } = await inProcess(words)
      assert.equal(code, 2)
      assert.equal(stderr, '')
      const document = outputSchemas.error.parse(JSON.parse(stdout))
      assert.match(document.code, /USAGE|CONFIG_MISSING/)
    }
  })

  test('a missing configuration says where it was looked for', async () => {
    const { code, stderr } = await waybill(['status', '-c', 'other.yaml'], { cwd })
    assert.equal(code, 2)
    assert.match(stderr, /^error CONFIG_MISSING: /)
    assert.ok(stderr.includes(`at: ${join(cwd, 'other.yaml')}`), stderr)
  })

  test('hostile words are not echoed raw', async () => {
    const { stderr } = await inProcess(['\u001b[2J##vso[task.complete]'])
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stderr, /\u001b|##vso\[/)
  })

  test('the stack is shown only when asked for', async () => {
    const { stderr } = await inProcess(['promte'], { WAYBILL_DEBUG: '1' })
    assert.match(stderr, /\bat .*\.ts:\d+/)
  })

  test('completion proposes commands, flags and values', async () => {
    const [commands, flags, values] = await Promise.all([
      inProcess(['__complete', 'pro']),
      inProcess(['__complete', 'promote', 'ordersvc', '--re']),
      inProcess(['__complete', 'trace', 'x', '--output', '']),
    ])
    assert.equal(commands.stdout, 'promote\tMove one digest into an environment\n')
    assert.match(flags.stdout, /^--reason\t/m)
    assert.match(values.stdout, /^html\t/m)
  })
})

suite('cli: key generate', () => {
  test('writes a pair only its owner can read, and never overwrites', async () => {
    const made = await waybill(['key', 'generate', '--output-prefix', 'plain', '-o', 'json'], { cwd })
    assert.equal(made.code, 0, made.stderr)
    outputSchemas.key.parse(JSON.parse(made.stdout))
    assert.equal((await stat(join(cwd, 'plain.key'))).mode & 0o777, 0o600)
    const secret = await readFile(join(cwd, 'plain.key'), 'utf8')
    await readPrivateKey(secret, undefined, 'plain.key')
    readPublicKey(await readFile(join(cwd, 'plain.pub'), 'utf8'), 'plain.pub')

    await rm(join(cwd, 'plain.pub'))
    const again = await waybill(['key', 'generate', '--output-prefix', 'plain'], { cwd })
    assert.equal(again.code, 2)
    assert.match(again.stderr, /^error KEY_FILE_EXISTS/)
    assert.equal(await readFile(join(cwd, 'plain.key'), 'utf8'), secret)
  })

  test('--encrypt takes the password from the environment, and says so when there is none', async () => {
    const words = ['key', 'generate', '--output-prefix', 'locked', '--encrypt']
    const none = await waybill(words, { cwd })
    assert.equal(none.code, 2)
    assert.match(none.stderr, /^error PASSWORD_MISSING/)
    const made = await waybill(words, { cwd, env: { WAYBILL_KEY_PASSWORD: 'correct horse' } })
    assert.equal(made.code, 0, made.stderr)
    assert.ok(!made.stdout.includes('correct horse'))
    const text = await readFile(join(cwd, 'locked.key'), 'utf8')
    assert.match(text, /ENCRYPTED SIGSTORE PRIVATE KEY/)
    await readPrivateKey(text, 'correct horse', 'locked.key')
  })

  test('a half of the pair that is there already stops both', async () => {
    await writeFile(join(cwd, 'half.pub'), 'mine')
    const { code } = await waybill(['key', 'generate', '--output-prefix', 'half'], { cwd })
    assert.equal(code, 2)
    await assert.rejects(stat(join(cwd, 'half.key')))
  })
})

suite('the answer goes to a full disk', { skip: !existsSync('/dev/full') }, () => {
  const told = 'error SYSTEM_REFUSED: The operating system refused write: the disk is full.'
  for (const words of [['--version'], ['--help'], ['key', 'public', '--help'], ['status', '-o', 'json']])
    test(words.join(' '), () => {
      const script = 'exec "$0" "$@" > /dev/full'
      const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, MAIN, ...words], {
        cwd,
        encoding: 'utf8',
      })
      assert.ok(stderr.includes(told), stderr)
      assert.equal(status, words[0] === 'status' ? 2 : 1)
    })

  test('a reader that goes away is no error', () => {
    const script = `"$0" "$1" --help | head -n 1; "$0" "$1" --help >&-`
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, MAIN], { encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
  })
})
