import type { ImageTool } from './image-tool.ts'
import { SCAN_TIME } from './image-tool.ts'
import { trivyDatabase, trivyProgram } from '../programs/trivy.ts'

/**
 * Vulnerabilities and secrets in one platform. The exit code decides nothing: findings end in 0 as well. The scan cache
 * is kept in memory, for the one on disk belongs to one process at a time.
 */
export const trivyImage: ImageTool = {
  program: trivyProgram,
  kinds: ['vulnerabilities', 'secrets'],
  reads: 'layout',
  namesImage: true,
  prepare: trivyDatabase,
  call: ({ layout, manifest }, report) => ({
    args: [
      'image',
      '--input',
      `${layout}@${manifest}`,
      '--scanners',
      'vuln,secret',
      '--format',
      'json',
      '--output',
      report,
      '--exit-code',
      '0',
      '--skip-db-update',
      '--cache-backend',
      'memory',
    ],
    accept: [0],
    reports: [{ file: report, format: 'trivy' }],
    timeout: SCAN_TIME,
    reads: [layout],
  }),
  hints: { lookedFor: ['vulnerabilities', 'secrets'] },
}
