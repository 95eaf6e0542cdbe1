import { parseArgs } from 'node:util'
import type { ImageSizes } from './images.ts'
import type { Setting } from './tracing-proxy.ts'

export interface Options extends ImageSizes {
  readonly runs: number
  /** From the nearest to the farthest, without authentication before with. */
  readonly settings: readonly Setting[]
  readonly only: string
  readonly quick: boolean
  readonly json: string | undefined
  readonly write: string | undefined
}

const MIB = 2 ** 20

/** @throws when a flag is unknown */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: text,
      latency: text,
      auth: text,
      only: text,
      json: text,
      write: text,
      quick: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  const settings = settingsOf(values.latency ?? '0,20', values.auth ?? 'none,bearer')
  return {
    runs: within(1, Number(values.runs ?? (quick ? 1 : 5)), 50),
    settings: quick && settings.length > 2 ? [...settings.slice(0, 1), ...settings.slice(-1)] : settings,
    only: values.only ?? '',
    quick,
    json: values.json,
    write: values.write,
    hugeBytes: (quick ? 64 : 1024) * MIB,
    tinyImages: quick ? 20 : 200,
  }
}

function settingsOf(latencies: string, auths: string): readonly Setting[] {
  return latencies.split(',').flatMap((latency) =>
    auths.split(',').map((auth) => {
      if (auth !== 'none' && auth !== 'bearer')
        throw new Error(`--auth: found ${auth}, expected none or bearer.`)
      return { latency: within(0, Number(latency), 1000), bearer: auth === 'bearer' }
    }),
  )
}

function within(least: number, value: number, most: number): number {
  if (Number.isNaN(value)) throw new Error('A number was expected.')
  return Math.min(most, Math.max(least, value))
}
