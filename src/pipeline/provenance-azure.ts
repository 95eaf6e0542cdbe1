import { AZURE_BUILD_TYPE } from '../attestation/index.ts'
import { present } from './vendor-provenance.ts'
import type { VendorWriter } from './vendor-provenance.ts'

/** Azure has no build type of its own: this one is ours. `reason` and the attempts are claims. */
export const azureProvenance: VendorWriter = ({ url, commit, details = {} }, { claims, facts }) => {
  const { ref, builderId, invocation } = facts
  const { org_id: organizationId, prj_id: projectId, rpo_id: repositoryId, def_id: definitionId } = claims
  if (!ref || !builderId || !invocation || !facts.source || !facts.commit) return undefined
  const { reason, stageAttempt, jobAttempt } = details
  const attempts = new URLSearchParams(present({ stageAttempt, jobAttempt })).toString()
  return {
    buildType: AZURE_BUILD_TYPE,
    externalParameters: { repository: url, ref, definitionId },
    internalParameters: { azure: present({ reason, organizationId, projectId, repositoryId }) },
    dependency: { uri: `git+${url}@${ref}`, digest: { gitCommit: commit } },
    builderId,
    invocationId: attempts === '' ? invocation : `${invocation}&${attempts}`,
  }
}
