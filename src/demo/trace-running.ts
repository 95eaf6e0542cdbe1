import { run } from '../base/command.ts'
import { fail } from '../base/index.ts'
import type { TraceAnswer } from '../insight/index.ts'
import { shortDigest } from '../oci/index.ts'
import { demoErrors } from './errors.ts'
import type { Narrator } from './narrator.ts'
import type { World } from './world.ts'

const FILE = 'environments/prod/ordersvc/kustomization.yaml'

/** From what production is told to run back to commit, tests, approvals and records. */
export async function traceFromGit(world: World, tell: Narrator): Promise<TraceAnswer> {
  await tell.chapter(
    'Where does this come from?',
    'From the reference that production runs, back to the commit.',
  )
  const reference = await runningReference(world)
  return tell.run(
    `waybill trace ${reference}`,
    () => world.workspace.trace({ query: reference }),
    (answer) => {
      const commit = answer.commit?.slice(0, 8) ?? 'unknown'
      const valid = answer.evidence.filter((entry) => entry.state === 'valid').length
      return `${shortDigest(answer.digest)} ← commit ${commit} by ${answer.build?.author ?? 'unknown'}: ${valid} signed statements, ${answer.promotions.length} promotions, ${answer.approvals.length} approvals.`
    },
  )
}

/** What a cluster would pull: the image entry of prod's kustomization, as git has it. */
async function runningReference({ gitops, env }: World): Promise<string> {
  const { stdout } = await run('git', ['--git-dir', gitops, 'show', `main:${FILE}`], { env })
  const text = stdout.toString('utf8')
  const name = /newName: (\S+)/.exec(text)?.[1]
  const digest = /digest: (\S+)/.exec(text)?.[1]
  if (name && digest) return `${name}@${digest}`
  throw fail(demoErrors.DEMO_UNEXPECTED, { message: 'Found no image in it.', where: FILE })
}
