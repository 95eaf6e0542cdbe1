import * as z from 'zod'
import type { BuildEvent } from './build-facts.ts'
import { authorIn, gitDependency, stated } from './reading.ts'
import type { Reading } from './reading.ts'
import { gitRef, gitUrl, sameSource } from './source.ts'

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])

const external = z.looseObject({
  workflow: z.looseObject({ ref: z.string(), repository: z.string(), path: z.string() }),
})

// Read by GitHub's action from the job's OIDC token. `ref_protected` and `actor` are claims of that token too.
const internal = z.looseObject({
  github: z.looseObject({
    event_name: z.string(),
    runner_environment: z.string().optional(),
    ref_protected: flag.optional(),
    actor: z.string().optional(),
  }),
})

/** `https://actions.github.io/buildtypes/workflow/v1`, as `actions/attest-build-provenance` writes it. */
export const readGitHubWorkflow: Reading = (claim) => {
  const asked = external.safeParse(claim.external).data?.workflow
  const ran = internal.safeParse(claim.internal).data?.github
  const git = gitDependency(claim)
  if (!asked || !ran || !git) return undefined
  const ref = gitRef(git.uri)
  if (!sameSource(gitUrl(git.uri), asked.repository) || (ref !== undefined && ref !== asked.ref))
    return undefined
  return {
    source: asked.repository,
    commit: git.commit,
    ref: asked.ref,
    workflow: asked.path,
    ...authorIn(git),
    ...stated({
      event: githubEvent(ran.event_name, asked.ref),
      runner: ran.runner_environment,
      isProtected: ran.ref_protected,
      actor: ran.actor,
    }),
    understood: ['workflow.ref', 'workflow.repository', 'workflow.path'],
  }
}

const source = z.looseObject({
  configSource: z.looseObject({
    uri: z.string(),
    digest: z.looseObject({ sha1: z.string() }),
    path: z.string().optional(),
  }),
})

const environment = z.looseObject({
  github_event_name: z.string(),
  github_ref: z.string(),
  github_actor: z.string().optional(),
})

/** `https://github.com/slsa-framework/slsa-github-generator/container@v1` and `…/generic@v1`. */
export const readGitHubGenerator: Reading = (claim) => {
  const config = source.safeParse(claim.external).data?.configSource
  const ran = environment.safeParse(claim.internal).data
  if (!config || !ran) return undefined
  const ref = gitRef(config.uri)
  if (ref !== undefined && ref !== ran.github_ref) return undefined
  return {
    source: gitUrl(config.uri),
    commit: config.digest.sha1,
    ref: ran.github_ref,
    ...stated({
      event: githubEvent(ran.github_event_name, ran.github_ref),
      actor: ran.github_actor,
      workflow: config.path,
    }),
    understood: ['configSource.uri', 'configSource.digest.sha1', 'configSource.path'],
  }
}

/** GitHub's name of an event. Those that may run a stranger's code with the branch's name stay unknown. */
function githubEvent(name: string, ref: string): BuildEvent | undefined {
  const isTag = ref.startsWith('refs/tags/')
  if (name.startsWith('pull_request')) return 'pull-request'
  if (name === 'push') return isTag ? 'tag' : 'push'
  if (name === 'schedule') return 'schedule'
  if (name === 'workflow_dispatch' || name === 'repository_dispatch') return 'manual'
  return name === 'release' && isTag ? 'tag' : undefined
}
