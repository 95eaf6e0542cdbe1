import { silent } from '../../base/index.ts'
import type { Clock, OnStep } from '../../base/index.ts'
import type { Output } from '../output.ts'
import { makePaint, wantsColour } from '../paint.ts'
import type { Grouping } from '../ci-log/grouping.ts'

export interface OpenProgress {
  readonly onStep: OnStep
  /** Leaves the view; nothing is drawn afterwards. */
  readonly stop: () => void
}

interface ProgressWorld {
  readonly env: NodeJS.ProcessEnv
  readonly stderr: Output
  readonly clock: Clock
  readonly ci: { readonly grouping: Grouping }
}

/** Live on a terminal, plain lines elsewhere, nothing when quiet. */
export async function openProgress(
  world: ProgressWorld,
  flags: { readonly quiet: boolean | undefined; readonly noColor: boolean | undefined },
): Promise<OpenProgress> {
  if (flags.quiet) return { onStep: silent, stop: () => {} }
  const now = () => world.clock.now().getTime()
  const { terminal, write } = world.stderr
  if (terminal && world.env.TERM !== 'dumb' && !world.env.CI) {
    const { liveProgress } = await import('./live.ts')
    const paint = makePaint(wantsColour(world.stderr, world.env, flags.noColor ?? false))
    return liveProgress({ stream: terminal, paint, now })
  }
  const { lineProgress } = await import('./lines.ts')
  return lineProgress({ write, grouping: world.ci.grouping, now })
}
