/** How a CI system folds a stretch of its log. `at` in Unix seconds. */
export interface Grouping {
  readonly start: (title: string, at: number) => string
  readonly end: (title: string, at: number) => string
}

const none: Grouping = { start: () => '', end: () => '' }
const github: Grouping = { start: (title) => `::group::${title}\n`, end: () => '::endgroup::\n' }
const azure: Grouping = { start: (title) => `##[group]${title}\n`, end: () => '##[endgroup]\n' }
const gitlab: Grouping = {
  start: (title, at) => `\u001b[0Ksection_start:${at}:${sectionName(title)}\r\u001b[0K${title}\n`,
  end: (title, at) => `\u001b[0Ksection_end:${at}:${sectionName(title)}\r\u001b[0K\n`,
}

/** The folding of the CI this process runs in, by the variables each CI documents; otherwise none. */
export function groupingFor(env: NodeJS.ProcessEnv): Grouping {
  if (env.GITHUB_ACTIONS === 'true') return github
  if (env.TF_BUILD === 'True') return azure
  if (env.GITLAB_CI === 'true') return gitlab
  return none
}

function sectionName(title: string): string {
  return `waybill_${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`
}
