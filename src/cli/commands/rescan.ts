import type { RescanAnswer } from '../../insight/rescan-answer.ts'
import { rescanMarkdown, rescanText, rescanTold } from '../../report/index.ts'
import { command } from '../command.ts'
import type { Answer } from '../command.ts'
import { given, optional, repeated, someOf, toggle } from '../flags.ts'

const scanners = ['trivy', 'grype'] as const

interface Flags {
  readonly application: string | undefined
  readonly environment: string | undefined
  readonly report: readonly string[] | undefined
  readonly scan: string | undefined
  readonly with: readonly (typeof scanners)[number][] | undefined
  readonly warnWithin: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, []>({
  description:
    "Takes everything that is live or ready for a rollback, reads in new scans, and judges it by today's policy, evidence, waivers and signers: what would no longer be admitted, why, and what would be in its place? Questions of the moment of entry (window, freeze, hold, ticket, canary, soak, age of approvals) are not asked again. For a weekly job: it exits with 0 when all is still admitted, 3 when something is not, 4 when something waits or expires soon, and 1 when it could not tell.",
  examples: [
    { line: 'rescan', about: 'everything, on the evidence at hand' },
    {
      line: 'rescan --environment prod --scan "trivy image --format cosign-vuln --output {output} {reference}"',
      about: 'scan what runs in prod anew, platform by platform, and judge it',
    },
    { line: 'rescan --with trivy', about: 'scan everything anew with Trivy' },
    { line: 'rescan --report trivy-ordersvc.json -o markdown', about: 'with a scan made elsewhere' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      application: optional('application', 'Only this application'),
      environment: optional('environment', 'Only this environment'),
      report: repeated('file', 'A report to sign and attach first; it must name the digest it is about'),
      scan: optional('command', 'Run for each platform: {reference}, {output} and {platform} are filled in'),
      with: someOf(scanners, 'Scan every platform with these, as scan does'),
      warnWithin: optional('duration', 'Tell what expires in this time (default: 14d)'),
      dryRun: toggle('Read and judge, attach nothing'),
    },
  },
  run: async ({ workspace }, flags) => {
    const { application, environment, report, scan, with: tools, warnWithin, dryRun } = flags
    const order = given({ application, environment, reports: report, scan, with: tools, warnWithin, dryRun })
    const answer = await workspace((open) => open.rescan(order))
    return {
      exit: EXITS[answer.outcome],
      value: answer,
      text: (paint) => rescanText(answer, paint),
      markdown: () => rescanMarkdown(answer),
      told: () => rescanTold(answer),
    }
  },
})

const EXITS: Readonly<Record<RescanAnswer['outcome'], Answer['exit']>> = {
  admitted: 0,
  refused: 3,
  pending: 4,
  error: 1,
}
