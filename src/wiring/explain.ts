import { resolve } from 'node:path'
import type { ExplainParts } from '../insight/index.ts'
import { explainPlan } from '../insight/index.ts'
import type { Outcome, PromoteCommand } from '../promotion/index.ts'
import { commitsBetween } from '../tools/index.ts'
import type { Wired } from './parts.ts'
import type { PlanOptions } from './workspace.ts'

/** A plan with what it would change: git is joined to it here. */
export function explain(command: PromoteCommand, options: PlanOptions, wired: Wired): Promise<Outcome> {
  return explainPlan(command, wired.parts, {
    commits: commitsOf(command.application, options, wired),
  })
}

function commitsOf(
  name: string,
  { fetchCommits = false }: PlanOptions,
  { config, parts }: Wired,
): ExplainParts['commits'] {
  const application = config.applications.get(name)
  const { directory } = config
  const folders = [...new Set([directory, resolve(directory, application?.build?.context ?? '.')])]
  const { source } = application ?? {}
  // `./repo` and `/srv/repo.git` are at hand; anything else is another machine.
  const isLocal = source !== undefined && /^(?:file:\/\/|\.{0,2}\/)/.test(source)
  const address = isLocal && !source.startsWith('file:') ? resolve(directory, source) : source
  const remote = isLocal || fetchCommits ? address : undefined
  return async (from, to) => {
    const found = await commitsBetween(from, to, { folders, remote, env: parts.env, signal: parts.signal })
    if (!('unknown' in found) || remote !== undefined || source === undefined) return found
    return { unknown: `${found.unknown}; --fetch-commits asks ${source}` }
  }
}
