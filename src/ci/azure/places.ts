import { parameterName } from './triggers.ts'

/** A folder that the agent deletes after the job. */
export function inTemp(path: string): string {
  return path.replace('{temp}', '$(Agent.TempDirectory)')
}

/** Names of jobs know no dashes. */
export function jobName(id: string): string {
  return id.replaceAll('-', '_')
}

/** What a person typed, for a variable: `$(…)` in it would be filled in with a secret. */
export function parameterValue(input: string): string {
  return `\${{ replace(parameters.${parameterName(input)}, '$(', '$ (') }}`
}
