import { isObject } from '../../base/index.ts'
import type { ReportReader } from '../report-reader.ts'
import { sonarClaim } from '../sonar/quality-claim.ts'

/** SonarQube's answer to `api/qualitygates/project_status`, kept in a file. It does not name its project: --suite does. */
export const sonarqubeReader: ReportReader = {
  format: 'sonarqube',
  about: 'SonarQube quality gate (project_status JSON)',
  recognises: (report) => {
    const json = report.json()
    return isObject(json) && isObject(json.projectStatus)
  },
  read: (report, hints) => [sonarClaim(report, hints)],
}
