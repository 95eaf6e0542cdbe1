import type { OnStep } from '../base/index.ts'
import type { ContextFile } from './context-files.ts'
import { compileIgnore } from './ignore.ts'

const SECRETS = [
  '**/.env*',
  '**/.npmrc',
  '**/.netrc',
  '**/.pypirc',
  '**/*.key',
  '**/*.p12',
  '**/*.pfx',
  '**/id_rsa*',
  '**/id_ecdsa*',
  '**/id_ed25519*',
]
const NAMED = 3

/** Leaves out files that often hold secrets, and says so. Only `include` in waybill.yaml brings one back in. */
export function leaveOutSecrets(
  files: readonly ContextFile[],
  include: readonly string[],
  onStep: OnStep,
): readonly ContextFile[] {
  const ignore = compileIgnore([...SECRETS, ...include.map((pattern) => `!${pattern}`)])
  const secret = files.filter(({ path }) => ignore.excludes(path))
  if (secret.length === 0) return files
  const names = secret.slice(0, NAMED).map(({ path }) => path)
  const more = secret.length > NAMED ? ` and ${secret.length - NAMED} more` : ''
  const message = `Left out, because such files often hold secrets: ${names.join(', ')}${more}. Name them in \`include\` to keep them.`
  onStep({ kind: 'warning', code: 'SECRETS_LEFT_OUT', message })
  const out = new Set(secret)
  return files.filter((file) => !out.has(file))
}
