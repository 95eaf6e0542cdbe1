import { isLoopback, WaybillError } from '../../base/index.ts'
import { ask } from '../../base/ask.ts'
import { placeOf } from '../../config/index.ts'
import { formatRepository } from '../../oci/index.ts'
import type { Repository } from '../../oci/index.ts'
import type { Finding } from '../doctor-answer.ts'
import type { Patient } from './patient.ts'
import { tryWriting } from './write-probe.ts'

const PATIENCE = 15_000
const SKEW_WARNING = 60_000
const SKEW_PROBLEM = 5 * 60_000

/** Each place that images of the first application go through: login, reading, and with `write` everything else. */
export async function examineRegistries(patient: Patient): Promise<readonly Finding[]> {
  const places = placesOf(patient.config)
  const hosts = [...new Set(places.map(({ registry }) => registry))]
  const found = await Promise.all([
    ...hosts.map((host) => clockOf(host, patient)),
    ...places.map((place) => examinePlace(place, places, patient)),
  ])
  return found.flat()
}

/** Hundreds of applications go the same way: one of them shows it. */
function placesOf(config: Patient['config']): readonly Repository[] {
  const [application] = config.applications.keys()
  if (application === undefined) return []
  const all = [...config.environments.keys()].map((name) => placeOf(config, application, name).repository)
  return [...new Map(all.map((place) => [formatRepository(place), place])).values()]
}

async function examinePlace(
  place: Repository,
  places: readonly Repository[],
  patient: Patient,
): Promise<readonly Finding[]> {
  const what = formatRepository(place)
  const store = patient.wired.client.repository(place)
  try {
    await store.head('waybill-doctor')
    const reads: Finding = { group: 'registries', what, result: 'ok', found: 'Answers, and lets us read.' }
    if (patient.command.write) {
      const other = places.find((one) => one.registry === place.registry && one.name !== place.name)
      return [reads, ...(await tryWriting(place, other, patient))]
    }
    const found = 'Whether it lets us write, mount and delete was not tried.'
    const fix = 'waybill doctor --write puts a small artifact there and removes it.'
    return [reads, { group: 'registries', what, result: 'skipped', found, fix }]
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return [{ group: 'registries', what, result: 'problem', found: error.message, fix: error.next }]
  }
}

/** Signatures, tokens and windows are about time: it must be the same here and there. */
async function clockOf(host: string, { config, clock, signal }: Patient): Promise<readonly Finding[]> {
  const isPlain = config.registries.get(host)?.plainHttp === true || isLoopback(host.replace(/:\d+$/, ''))
  const url = `${isPlain ? 'http' : 'https'}://${host}/v2/`
  const before = clock.now().getTime()
  const answer = await ask({ url, headers: {}, patience: PATIENCE, signal }).catch(() => undefined)
  const theirs = Date.parse(answer?.header('date') ?? '')
  // Whoever does not answer is told about where its repositories are.
  if (Number.isNaN(theirs)) return []
  const skew = theirs - (before + clock.now().getTime()) / 2
  const seconds = Math.round(Math.abs(skew) / 1000)
  const told = { group: 'registries', what: `clock of ${host}` } as const
  if (Math.abs(skew) < SKEW_WARNING) return [{ ...told, result: 'ok', found: 'It agrees with this machine.' }]
  const found = `It is ${seconds} seconds ${skew > 0 ? 'ahead of' : 'behind'} this machine.`
  const fix = 'Set this clock by NTP: signatures and freezes are judged by it.'
  return [{ ...told, result: Math.abs(skew) < SKEW_PROBLEM ? 'warning' : 'problem', found, fix }]
}
