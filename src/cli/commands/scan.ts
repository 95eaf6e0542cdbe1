import { severities } from '../../attestation/index.ts'
import type { ScanOutcome } from '../../pipeline/scan-outcome.ts'
import { scanMarkdown, scanText } from '../../report/index.ts'
import { command } from '../command.ts'
import { argument, choice, given, optional, someOf, toggle } from '../flags.ts'

const scanners = ['trivy', 'grype'] as const
const listers = ['syft', 'trivy', 'cdxgen', 'builder'] as const

interface Flags {
  readonly with: readonly (typeof scanners)[number][] | undefined
  readonly sbom: (typeof listers)[number] | undefined
  readonly structure: string | undefined
  readonly environment: string | undefined
  readonly block: readonly (typeof severities)[number][] | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'Looks into every platform of an image by its digest, with scanners, a lister of packages and structure tests, and hangs what was found on the digest, signed. It judges nothing: gates do that. Exit code 0 whatever was found, unless --block says what must not be; 1 when a tool failed.',
  examples: [
    { line: 'scan ordersvc git-4f2a91c7', about: 'with what the build block names' },
    {
      line: 'scan ordersvc git-4f2a91c7 --with trivy,grype --sbom syft --block critical',
      about: 'two scanners and an SBOM; exit code 3 for anything critical',
    },
    { line: 'scan ordersvc layout:out --structure structure.yaml --dry-run', about: 'sign nothing' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      with: someOf(scanners, 'Scanners for vulnerabilities (trivy: and secrets)'),
      sbom: choice(listers, 'Who lists what is inside'),
      structure: optional('file', 'Test file of container-structure-test'),
      environment: optional('environment', 'Where the image is looked up (default: the first)'),
      block: someOf(severities, 'Exit with 3 for these, and for failed structure tests'),
      dryRun: toggle('Look and tell, attach nothing'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('image', 'Reference, layout:DIR, tag or digest'),
      ],
    },
  },
  run: async ({ workspace }, flags, application, image) => {
    const { with: tools, sbom, structure, environment, dryRun, block } = flags
    const order = { application, image, ...given({ with: tools, sbom, structure, environment, dryRun }) }
    const outcome = await workspace((open) => open.scan(order))
    return {
      exit: isBlocked(outcome, block) ? 3 : 0,
      value: outcome,
      text: (paint) => scanText(outcome, paint),
      markdown: () => scanMarkdown(outcome),
    }
  },
})

function isBlocked({ checks }: ScanOutcome, block: Flags['block']): boolean {
  if (!block) return false
  return checks.some(({ kind, counts }) =>
    kind === 'structure' ? (counts.failed ?? 0) > 0 : block.some((severity) => (counts[severity] ?? 0) > 0),
  )
}
