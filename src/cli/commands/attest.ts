import { command } from '../command.ts'
import { argument, given, optional, repeated, toggle } from '../flags.ts'
import { askedOf } from './attest-claim.ts'
import type { AttestFlags } from './attest-claim.ts'
import { factAnswer, factsAnswer } from './fact-answer.ts'

export default command<AttestFlags, [string, string]>({
  description:
    "Signs facts about an image and hangs them on the digest: a tool's report (--report), a SonarQube quality gate (--sonar), any typed predicate (--predicate with --type), or a plain signature (--signature).",
  examples: [
    {
      line: 'attest ordersvc git-4f2a91c7 --report report.xml --suite unit',
      about: 'the unit tests and their result',
    },
    {
      line: 'attest ordersvc git-4f2a91c7 --report gitleaks.json --format gitleaks',
      about: 'a scan for secrets',
    },
    {
      line: 'attest ordersvc git-4f2a91c7 --sonar .scannerwork/report-task.txt --sonar-url https://sonar.example.com',
      about: "SonarQube's quality gate",
    },
    {
      line: 'attest ordersvc git-4f2a91c7 --predicate review.json --type https://example.com/review/v1',
      about: 'anything else',
    },
    { line: 'attest ordersvc git-4f2a91c7 --signature', about: 'a signature for plain "cosign verify"' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      report: repeated('file', 'Report of a tool, or a quoted pattern; files of one test run count as one'),
      junit: repeated('file', 'JUnit XML report; needs --suite'),
      format: optional('name', 'Format of the report (default: recognised)'),
      suite: optional('name', 'Name of the test suite or scan, e.g. unit'),
      toolVersion: optional('version', 'Version of the tool, for reports that leave it out'),
      databaseDate: optional('time', "Date of the scanner's database, RFC 3339"),
      platform: optional('platform', 'The one platform looked at, e.g. linux/arm64'),
      sonar: optional('file', "The SonarQube scanner's report-task.txt"),
      sonarUrl: optional('url', 'Address of the SonarQube server'),
      sonarToken: optional('env://NAME', 'Its token (default: env://SONAR_TOKEN)'),
      predicate: optional('file', 'JSON file with the predicate'),
      type: optional('type', 'Predicate type: a short name or a URI'),
      signature: toggle('A plain signature'),
      environment: optional('environment', 'Where the image is looked up (default: the first)'),
      key: optional('key', 'Signing key (default: the one waybill.yaml names)'),
      dryRun: toggle('Stop before the first write, and show what would be signed'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        argument('application', 'Name in waybill.yaml'),
        argument('image', 'Reference, tag or digest'),
      ],
    },
  },
  run: async ({ workspace }, flags, application, image) => {
    const { environment, key, dryRun, platform } = flags
    const asked = askedOf(flags)
    const place = { application, image, ...given({ environment, key, dryRun }) }
    return workspace(async (open) => {
      if ('claim' in asked) return factAnswer(await open.attest({ ...place, ...asked }))
      return factsAnswer(await open.attestReports({ ...place, ...asked, ...given({ platform }) }))
    })
  },
})
