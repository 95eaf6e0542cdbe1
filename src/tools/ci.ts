import { azureFacts } from './ci-azure.ts'
import { githubFacts } from './ci-github.ts'
import { gitlabFacts } from './ci-gitlab.ts'
import { jenkinsFacts } from './ci-jenkins.ts'

export type CiEvent = 'push' | 'pull-request' | 'tag' | 'schedule' | 'manual'

/**
 * What a CI system says about the running job. Environment variables are claims by the job, not proof.
 * Every address is without credentials.
 */
export interface CiFacts {
  readonly system: 'azure-devops' | 'github' | 'gitlab' | 'jenkins'
  /** What is checked out; on a pull request usually a merge commit made by the CI system. */
  readonly commit?: string
  /** In full: `refs/heads/…`, `refs/tags/…`, `refs/pull/…`. */
  readonly ref?: string
  /** Anything that smells of a pull request is one: those builds are never promotable. */
  readonly event: CiEvent
  readonly pullRequest?: string
  /** The repository, as an https address. */
  readonly source?: string
  /** A page that shows this run. */
  readonly invocation?: string
  /** Who or what started it. */
  readonly actor?: string
  /** The pipeline definition or runner, as SLSA's builder.id. */
  readonly builderId?: string
}

const SYSTEMS = [azureFacts, githubFacts, gitlabFacts, jenkinsFacts]

/** The facts of the CI job this process runs in; undefined outside any known CI system. */
export function ciFacts(env: NodeJS.ProcessEnv): CiFacts | undefined {
  for (const read of SYSTEMS) {
    const facts = read(env)
    if (facts) return present(facts)
  }
  return undefined
}

// CI systems set variables to nothing as often as they leave them out.
function present(facts: CiDraft): CiFacts {
  const { system, event, ...rest } = facts
  return { system, event, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value)) }
}

/** CiFacts in the making: anything may be missing or empty. */
export type CiDraft = Pick<CiFacts, 'system' | 'event'> & {
  readonly [K in Exclude<keyof CiFacts, 'system' | 'event'>]?: string | undefined
}
