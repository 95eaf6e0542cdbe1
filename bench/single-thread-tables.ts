import type { Gates, Verification } from './single-thread.ts'
import { table } from './tables.ts'

const BUNDLES_TO_REACH = 8_000
const MILLISECONDS_TO_REACH = 10

export function verificationTable(given: Verification): string {
  const { bundles, signers, bundleBytes, payloadBytes, perCpuSecond, signatureAlone } = given
  const what = `${bundles} bundles of ${kilobytes(bundleBytes)} (statement ${kilobytes(payloadBytes)}), ${signers} signers`
  return table(
    ['what', 'bundles per CPU-second', 'bare P-256 checks per CPU-second', 'ratio', 'to reach', 'reached'],
    [
      [
        what,
        String(perCpuSecond),
        String(signatureAlone),
        (perCpuSecond / signatureAlone).toFixed(2),
        String(BUNDLES_TO_REACH),
        reached(perCpuSecond >= BUNDLES_TO_REACH),
      ],
    ],
  )
}

export function judgingTable({ gates, mixed, tests, findings }: Gates): string {
  const rows = [
    ['mixed', mixed],
    ['test results', tests],
    ['5,000 findings', findings],
  ] as const
  return table(
    [`evidence, ${gates} gates`, 'statements', 'first, ms', 'unseen, ms', 'again, ms', 'to reach', 'reached'],
    rows.map(([name, { items, first, unseen, again }]) => [
      name,
      String(items),
      first.toFixed(1),
      unseen.toFixed(1),
      again.toFixed(1),
      String(MILLISECONDS_TO_REACH),
      pair([unseen, again]),
    ]),
  )
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const reached = (is: boolean) => (is ? 'yes' : '**no**')
const pair = (times: readonly number[]) =>
  times.map((time) => reached(time < MILLISECONDS_TO_REACH)).join(' / ')
