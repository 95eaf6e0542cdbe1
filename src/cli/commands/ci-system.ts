import type { CiInitCommand } from '../../setup/ci-answer.ts'
import { usage } from '../usage.ts'

const systems: readonly CiInitCommand['system'][] = ['azure', 'github', 'gitlab', 'jenkins']

/** @throws USAGE */
export function ciSystem(text: string, command: string): CiInitCommand['system'] {
  const found = systems.find((name) => name === text)
  if (found) return found
  throw usage(`${text} is none of ${systems.join(', ')}`, ['ci', command])
}
