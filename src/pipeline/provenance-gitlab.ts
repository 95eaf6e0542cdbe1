import { present } from './vendor-provenance.ts'
import type { VendorWriter } from './vendor-provenance.ts'

const BUILD_TYPE = 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1'

/**
 * GitLab's published type. `variables` are those that the token vouches for, by the names a job has them under; `job`,
 * `runner` and `architecture` the token does not know: they are claims.
 */
export const gitlabProvenance: VendorWriter = (source, { claims, facts }) => {
  const { url, commit, pullRequest, event, details = {} } = source
  const { builderId } = facts
  const { job_id: job = '', ref = '', ref_type: type } = claims
  if (!builderId) return undefined
  const branch = event === 'pull-request' || type === 'tag' ? undefined : ref
  const variables = {
    ...present({
      CI_PIPELINE_SOURCE: claims['pipeline_source'],
      CI_COMMIT_BRANCH: branch,
      CI_COMMIT_TAG: type === 'tag' ? ref : undefined,
      GITLAB_USER_LOGIN: claims['user_login'],
      GITLAB_USER_EMAIL: claims['user_email'],
    }),
    // Its name alone tells a reader what this is.
    ...(event === 'pull-request' && { CI_MERGE_REQUEST_IID: pullRequest ?? '' }),
  }
  const { job: entryPoint, runner: name, architecture } = details
  return {
    buildType: BUILD_TYPE,
    externalParameters: { source: url, ...present({ entryPoint }), variables },
    internalParameters: { ...present({ name, architecture }), job: Number(job) },
    dependency: { uri: url, digest: { gitCommit: commit } },
    builderId,
    invocationId: job,
  }
}
