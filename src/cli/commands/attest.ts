import type { AttestCommand } from '../../promotion/commands.ts'
import { command } from '../command.ts'
import { argument, given, optional, repeated, toggle } from '../flags.ts'
import { usage } from '../usage.ts'
import { factAnswer } from './fact-answer.ts'

interface Flags {
  readonly junit: readonly string[] | undefined
  readonly suite: string | undefined
  readonly predicate: string | undefined
  readonly type: string | undefined
  readonly signature: boolean | undefined
  readonly environment: string | undefined
  readonly key: string | undefined
  readonly dryRun: boolean | undefined
}

export default command<Flags, [string, string]>({
  description:
    'Signs one fact about an image and hangs it on the digest: a test report (--junit), any typed predicate (--predicate with --type), or a plain signature (--signature).',
  examples: [
    {
      line: 'attest ordersvc git-4f2a91c7 --junit report.xml --suite unit',
      about: 'the unit tests and their result',
    },
    { line: 'attest ordersvc git-4f2a91c7 --predicate sbom.json --type cyclonedx', about: 'an SBOM' },
    { line: 'attest ordersvc git-4f2a91c7 --signature', about: 'a signature for plain "cosign verify"' },
  ],
  outputs: ['text', 'json', 'markdown'],
  parameters: {
    flags: {
      junit: repeated('file', 'JUnit XML report'),
      suite: optional('name', 'Name of the test suite, e.g. unit'),
      predicate: optional('file', 'JSON file with the predicate'),
      type: optional('type', 'Predicate type: a short name or a URI'),
      signature: toggle('A plain signature'),
      environment: optional('environment', 'Where the image is looked up (default: the first)'),
      key: optional('key', 'Signing key (default: the one waybill.yaml names)'),
      dryRun: toggle('Stop before the first write'),
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
    const { environment, key, dryRun } = flags
    const claim = claimOf(flags)
    return factAnswer(
      await workspace((open) =>
        open.attest({ application, image, claim, ...given({ environment, key, dryRun }) }),
      ),
    )
  },
})

function claimOf({ junit, suite, predicate, type, signature }: Flags): AttestCommand['claim'] {
  const kinds = [junit, predicate, signature].filter((kind) => kind !== undefined)
  if (kinds.length !== 1) throw usage('Give exactly one of --junit, --predicate and --signature', ['attest'])
  if (junit) {
    if (suite === undefined) throw usage('--junit needs --suite, the name of the test suite', ['attest'])
    return { kind: 'junit', suite, files: junit }
  }
  if (predicate !== undefined) {
    if (type === undefined) throw usage('--predicate needs --type', ['attest'])
    return { kind: 'predicate', type, file: predicate }
  }
  return { kind: 'signature' }
}
