import { placeOf } from '../config/index.ts'
import { chainPlace } from '../promotion/index.ts'
import { isTagOfBuild } from '../pipeline/index.ts'
import { cleanPreviews } from '../retention/index.ts'
import type { CleanAnswer, CleanCommand } from '../retention/index.ts'
import { buildRepository } from './build.ts'
import type { Wired } from './parts.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** Takes builds of closed or forgotten pull requests out of the repository that builds are pushed to. */
export async function clean(
  command: CleanCommand,
  { config, parts, client }: Wired,
  { onStep, signal, clock }: WorkspaceOptions,
): Promise<CleanAnswer> {
  const [anywhere = ''] = config.environments.keys()
  const { application } = placeOf(config, command.application, anywhere)
  const store = client.repository(buildRepository(config, application))
  const now = clock.now()
  const place = { application: application.name, trust: config.trust, now }
  const build = application.build ?? { tags: [], commitTag: 'refuse' }
  return cleanPreviews(command, {
    store,
    chainHere: (environment) => ({ ...place, store, environment }),
    chains: parts.environments().map((name) => chainPlace(parts.stop(application.name, name), parts)),
    source: application.source,
    isTagOfBuild: (tag, { commit, ref = 'HEAD' }, pullRequest) =>
      isTagOfBuild(tag, { build }, { commit, ref, pullRequest }),
    trust: config.trust,
    now,
    onStep,
    signal,
  })
}
