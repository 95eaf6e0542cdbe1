import { listOf, only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

/** Something that happened in an Azure DevOps project. */
export interface AzureEvent {
  readonly reason: 'PullRequest' | 'IndividualCI' | 'Manual' | 'Schedule' | 'ResourceTrigger'
  readonly ref: string
  readonly sha: string
  readonly pullRequest?: { readonly id: number; readonly into: string; readonly isFork: boolean }
  /** The pipeline that a person starts, or that has ended. */
  readonly pipeline?: string
  readonly parameters?: Readonly<Record<string, string>>
}

/** Does it start this pipeline? */
export function startsPipeline(name: string, file: Fields, event: AzureEvent): boolean {
  switch (event.reason) {
    case 'IndividualCI':
      return isPushed(file['trigger'], event.ref)
    case 'PullRequest':
      return isInto(file['pr'], event.pullRequest?.into ?? '')
    case 'Manual':
      return name === event.pipeline
    case 'Schedule':
      return listOf(file['schedules']).some((one) => isOnTime(one, event.ref))
    case 'ResourceTrigger':
      return isAfter(file['resources'], event)
  }
}

function isPushed(trigger: unknown, ref: string): boolean {
  // Without the word every branch would start it.
  if (trigger === undefined) throw new Error('no trigger')
  if (trigger === 'none') return false
  const { branches, tags } = only(trigger, ['branches', 'tags'], 'trigger')
  return ref.startsWith('refs/tags/')
    ? includes(tags, ref.slice('refs/tags/'.length))
    : includes(branches, ref.slice('refs/heads/'.length))
}

function isInto(pr: unknown, branch: string): boolean {
  if (pr === undefined) throw new Error('no pr')
  return pr !== 'none' && includes(only(pr, ['autoCancel', 'branches'], 'pr')['branches'], branch)
}

function isOnTime(schedule: unknown, ref: string): boolean {
  const { branches, always } = only(schedule, ['cron', 'displayName', 'branches', 'always'], 'schedule')
  if (always !== true) throw new Error('not when the source did not change')
  return includes(branches, ref.slice('refs/heads/'.length))
}

function isAfter(resources: unknown, { pipeline, ref }: AzureEvent): boolean {
  if (resources === undefined) return false
  const { pipelines } = only(resources, ['pipelines'], 'resources')
  return listOf(pipelines).some((one) => {
    const { source, trigger } = only(one, ['pipeline', 'source', 'trigger'], 'pipeline resource')
    if (source !== pipeline) return false
    return (
      trigger === true ||
      includes(only(trigger, ['branches'], 'trigger')['branches'], ref.slice('refs/heads/'.length))
    )
  })
}

/** A star stands for any characters, slashes too. */
function includes(filter: unknown, name: string): boolean {
  if (filter === undefined) return false
  const { include } = only(filter, ['include'], 'filter')
  return listOf(include).some((pattern) => {
    const source = textOf(pattern)
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
    return new RegExp(`^${source}$`).test(name)
  })
}
