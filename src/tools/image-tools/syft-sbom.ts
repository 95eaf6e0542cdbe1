import type { ImageTool } from './image-tool.ts'
import { SCAN_TIME } from './image-tool.ts'

/** A CycloneDX 1.6 list of what is in one platform, by Syft: https://github.com/anchore/syft. Fully offline. */
export const syftSbom: ImageTool = {
  program: {
    name: 'syft',
    executables: ['syft'],
    versionArguments: ['--version'],
    readVersion: (printed) => /^syft v?(\d\S*)/m.exec(printed)?.[1],
    refused: [],
    sees: [],
    env: { SYFT_CHECK_FOR_APP_UPDATE: 'false' },
  },
  kinds: ['sbom'],
  reads: 'layout',
  namesImage: true,
  // The newest version of the format is not read by every policy engine yet.
  call: ({ layout }, report) => ({
    args: ['scan', `oci-dir:${layout}`, '-o', `cyclonedx-json@1.6=${report}`, '-q'],
    accept: [0],
    reports: [{ file: report, format: 'cyclonedx' }],
    timeout: SCAN_TIME,
    reads: [layout],
  }),
}
