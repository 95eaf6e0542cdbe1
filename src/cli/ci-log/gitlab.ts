import { printableLine } from '../../base/index.ts'
import { plainLog } from './ci-system.ts'
import type { CiSystem } from './ci-system.ts'

/**
 * GitLab CI folds the log and has neither marks nor a page of its own; values go by a dotenv report, see outputs-file.ts.
 * Sections: docs.gitlab.com "Custom collapsible sections"; the names as lib/gitlab/regex.rb takes them.
 */
export const gitlab: CiSystem = {
  ...plainLog,
  groupStart: (title, at) => `${section('start', title, at)}${printableLine(title)}\n`,
  groupEnd: (title, at) => `${section('end', title, at)}\n`,
}

function section(word: 'start' | 'end', title: string, at: number): string {
  const name = `waybill_${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`
  return `\u001b[0Ksection_${word}:${at}:${name}\r\u001b[0K`
}
