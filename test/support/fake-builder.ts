import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scratch } from './build.ts'

/** What a stand-in was started with. */
export interface FakeCall {
  readonly arguments: readonly string[]
  readonly environment: string
}

export interface FakeBuilder {
  /** PATH with the stand-in in front. */
  readonly PATH: string
  readonly call: () => FakeCall
}

/**
 * A stand-in for a builder program: refuses arguments it does not know (exit 2), then runs `work`, shell in which
 * each option `--some-name=value` is the variable `some_name`. Not the real tool: the image is prepared by the test.
 */
export function fakeBuilder(
  scratch: Scratch,
  program: string,
  known: readonly string[],
  work: string,
): FakeBuilder {
  const script = `#!/bin/sh
set -e
printf '%s\\n' "$@" > ${scratch.path}/arguments
env > ${scratch.path}/environment
for argument; do case $argument in
  ${known.map((word) => `${word}) ;;`).join('\n  ')}
  *) echo "unknown argument: $argument" >&2; exit 2;;
esac; done
for argument; do case $argument in
  --*=*|-D*=*) name=\${argument%%=*}; name=$(printf %s "\${name#-D}" | sed 's/^--//; s/[-.]/_/g'); eval "$name=\\\${argument#*=}";;
esac; done
${work}
`
  const bin = join(scratch.path, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, program), script)
  chmodSync(join(bin, program), 0o755)
  const read = (name: string) => readFileSync(join(scratch.path, name), 'utf8')
  return {
    PATH: `${bin}:${process.env.PATH}`,
    call: () => ({ arguments: read('arguments').trim().split('\n'), environment: read('environment') }),
  }
}
