import type { CiSettings } from '../config/index.ts'
import type { Flow, Job } from './flow.ts'

/** A Markdown table; cells are names and short texts of waybill.yaml. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(row)]
}

export function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``
}

/** What a job may do, in words. */
export function rightsOf({ registries, gitHosts, identity }: Job): string {
  const words = registries.map(({ host, may }) => `${may} ${code(host)}`)
  return (
    [
      ...words,
      ...gitHosts.map((host) => `push to git at ${code(host)}`),
      ...(identity ? ['ask for an identity token'] : []),
    ].join(', ') || 'nothing'
  )
}

/** How jobs of these flows log in, host by host. */
export function loginHosts(flows: readonly Flow[], { login }: CiSettings) {
  const hosts = flows.flatMap(({ jobs }) =>
    jobs.flatMap(({ registries }) => registries.map(({ host }) => host)),
  )
  return [...new Set(hosts)].map((host) => ({ host, login: login[host] }))
}

export function cronOf({ triggers }: Flow): string | undefined {
  const found = triggers.find((trigger) => trigger.on === 'schedule')
  return found?.on === 'schedule' ? found.cron : undefined
}
