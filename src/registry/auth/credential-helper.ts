import { fail, isFailure, isObject, parseSecretJson, printableLine } from '../../base/index.ts'
import { run } from '../../base/command.ts'
import { registryErrors } from '../errors.ts'
import type { Credential } from './credentials.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const NOT_FOUND = /credentials not found|no credentials/i
const TIMEOUT = 30_000

/**
 * Asks `docker-credential-<name> get` for one server (docker/docker-credential-helpers protocol).
 * undefined = the helper knows none. @throws CREDENTIALS_FAILED
 */
export async function askHelper(
  name: string,
  server: string,
  env: NodeJS.ProcessEnv,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`
  if (!NAME.test(name)) throw helperFailed(program, 'Its name is not a plain program name.')
  const { code, stdout, stderr } = await started(program, server, env)
  if (code !== 0) {
    // Helpers print their errors on stdout; secrets are only printed on success.
    const said = `${stdout.toString('utf8')} ${stderr}`
    if (NOT_FOUND.test(said)) return undefined
    throw helperFailed(program, `It ended with code ${code}: ${printableLine(said)}`)
  }
  return credentialFrom(stdout, program)
}

async function started(program: string, server: string, env: NodeJS.ProcessEnv) {
  try {
    return await run(program, ['get'], { env, input: server, timeout: TIMEOUT, accept: [0, 1] })
  } catch (cause) {
    throw helperFailed(program, isFailure(cause) ? cause.message : 'It could not be run.', cause)
  }
}

function credentialFrom(stdout: Buffer, program: string): Credential | undefined {
  const answer = parseSecretJson(stdout, program)
  if (!isObject(answer) || typeof answer.Username !== 'string' || typeof answer.Secret !== 'string')
    throw helperFailed(program, 'Its answer has no Username and Secret.')
  if (answer.Secret === '') return undefined
  if (answer.Username === '<token>') return { kind: 'identity', username: '', token: answer.Secret }
  return { kind: 'basic', username: answer.Username, password: answer.Secret }
}

function helperFailed(program: string, message: string, cause?: unknown) {
  return fail(registryErrors.CREDENTIALS_FAILED, {
    message: `The credential helper ${program} gave no usable answer. ${message}`,
    where: program,
    cause,
  })
}
