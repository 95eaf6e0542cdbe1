import type { ImageTool } from './image-tool.ts'
import { SCAN_TIME } from './image-tool.ts'

/**
 * A CycloneDX list of what is in one platform, by cdxgen: https://cyclonedx.github.io/cdxgen/. It reads archives of
 * `docker save` and no layouts, and does not say which image its list is about.
 */
export const cdxgenSbom: ImageTool = {
  program: {
    name: 'cdxgen',
    executables: ['cdxgen'],
    versionArguments: ['--version'],
    readVersion: (printed) => /(?:^|\s)v?(\d+\.\d+\.\d+[\w.-]*)/m.exec(printed)?.[1],
    refused: [],
    sees: [],
    env: { CDXGEN_TELEMETRY: 'false', FETCH_LICENSE: 'false' },
  },
  kinds: ['sbom'],
  reads: 'archive',
  namesImage: false,
  call: ({ archive = '' }, report) => ({
    args: ['-t', 'docker', '--no-install-deps', '--spec-version', '1.6', '-o', report, archive],
    accept: [0],
    reports: [{ file: report, format: 'cyclonedx' }],
    timeout: SCAN_TIME,
    reads: [archive],
  }),
}
