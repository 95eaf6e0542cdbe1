import type { VendorWriter } from './vendor-provenance.ts'

const BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1'

/** As `actions/attest` writes it (actions/toolkit, packages/attest/src/provenance.ts), from the same claims. */
export const githubProvenance: VendorWriter = ({ commit, url }, { claims, facts }) => {
  const { repository = '', ref = '', workflow_ref: workflow = '' } = claims
  const { builderId, invocation } = facts
  if (!builderId || !invocation) return undefined
  // owner/repo/.github/workflows/main.yml@refs/heads/main; a ref may hold an @ itself.
  const [path = '', ...refs] = workflow.replace(`${repository}/`, '').split('@')
  const { event_name, repository_id, repository_owner_id, runner_environment } = claims
  return {
    buildType: BUILD_TYPE,
    externalParameters: { workflow: { ref: refs.join('@'), repository: url, path } },
    internalParameters: {
      github: { event_name, repository_id, repository_owner_id, runner_environment },
    },
    dependency: { uri: `git+${url}@${ref}`, digest: { gitCommit: commit } },
    builderId,
    invocationId: invocation,
  }
}
