import { azureFacts } from './ci-azure.ts'
import { githubFacts } from './ci-github.ts'
import { gitlabFacts } from './ci-gitlab.ts'
import { jenkinsFacts } from './ci-jenkins.ts'
import type { CiDraft, CiFacts } from './ci-facts.ts'

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
  const { system, event, details = {}, ...rest } = facts
  const more = said(details)
  return { system, event, ...said(rest), ...(Object.keys(more).length > 0 && { details: more }) }
}

function said(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
