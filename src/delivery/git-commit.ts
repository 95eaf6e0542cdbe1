import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import type { GitBranch } from './git-branch.ts'
import { git } from './git-command.ts'
import { said } from './git-failure.ts'
import type { GitFile } from './git-files.ts'
import type { GitOptions } from './order.ts'

const OURS = 'refs/waybill/ours'

export interface CommitPlan {
  readonly parent: string
  readonly files: readonly GitFile[]
  readonly message: string
}

/** Writes one commit on top of `parent` without a working tree, and returns its id. Same input, same id. */
export async function writeCommit(branch: GitBranch, plan: CommitPlan, options: GitOptions): Promise<string> {
  const stream = Buffer.concat([header(plan, options), ...plan.files.map(change), Buffer.from('\ndone\n')])
  const written = await git(
    branch,
    ['fast-import', '--quiet', '--done', '--force', '--date-format=raw'],
    stream,
  )
  if (written.code !== 0)
    throw fail(deliveryErrors.GIT_UNREACHABLE, {
      message: `git could not write the commit: ${said(written.stderr)}`,
      where: branch.address.shown,
    })
  const commit = await git(branch, ['rev-parse', '--verify', OURS])
  return commit.stdout.toString('utf8').trim()
}

function header(plan: CommitPlan, options: GitOptions): Buffer {
  const when = `${Math.floor(options.now.getTime() / 1000)} +0000`
  const author = person('AUTHOR', options)
  const committer = options.env['GIT_COMMITTER_NAME'] ? person('COMMITTER', options) : author
  const lines = [`commit ${OURS}`, `author ${author} ${when}`, `committer ${committer} ${when}`]
  return Buffer.concat([
    Buffer.from(`${lines.join('\n')}\n`),
    data(plan.message),
    Buffer.from(`from ${plan.parent}\n`),
  ])
}

function change(file: GitFile): Buffer {
  return Buffer.concat([Buffer.from(`M ${file.mode} inline ${quoted(file.path)}\n`), data(file.text)])
}

/** A file name may hold line breaks, which would be the next command. */
function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

function data(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')])
}

function person(role: 'AUTHOR' | 'COMMITTER', { author, env }: GitOptions): string {
  const name = author?.name ?? env[`GIT_${role}_NAME`] ?? env['GIT_AUTHOR_NAME'] ?? 'Waybill'
  const email = author?.email ?? env[`GIT_${role}_EMAIL`] ?? env['GIT_AUTHOR_EMAIL'] ?? 'waybill@localhost'
  return `${plain(name)} <${plain(email)}>`
}

// eslint-disable-next-line no-control-regex
const plain = (text: string) => text.replace(/[<>\u0000-\u001f\u007f]/g, '').trim()
