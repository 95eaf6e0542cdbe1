import type { ImageTool } from './image-tool.ts'
import { SCAN_TIME } from './image-tool.ts'
import { trivyProgram } from '../programs/trivy.ts'

/** A CycloneDX list of what is in one platform, by Trivy. Needs no database. */
export const trivySbom: ImageTool = {
  program: trivyProgram,
  kinds: ['sbom'],
  reads: 'layout',
  namesImage: true,
  call: ({ layout, manifest }, report) => ({
    args: [
      'image',
      '--input',
      `${layout}@${manifest}`,
      '--format',
      'cyclonedx',
      '--output',
      report,
      '--cache-backend',
      'memory',
    ],
    accept: [0],
    reports: [{ file: report, format: 'cyclonedx' }],
    timeout: SCAN_TIME,
    reads: [layout],
  }),
}
