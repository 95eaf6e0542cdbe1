import type { CiSettings } from '../../config/index.ts'
import type { Job, Step } from '../flow.ts'
import { gitTokenVariables } from '../git-token.ts'
import { refAsInput } from '../ref-word.ts'
import { handedTo, waybillLines } from '../shell.ts'
import { comment, indented, scalar } from '../text.ts'
import { commentStep } from './comment.ts'
import { connectionsOf, loginSteps } from './logins.ts'
import { inTemp, isVariable, parameterValue } from './places.ts'

export const OWN = "and(succeeded(), ne(variables['System.PullRequest.IsFork'], 'True'))"
const FORK = "and(succeeded(), eq(variables['System.PullRequest.IsFork'], 'True'))"
const ACCESS_TOKEN = 'SYSTEM_ACCESSTOKEN'

export function stepLines(job: Job, settings: CiSettings): readonly string[] {
  const isMixed = job.steps.some((step) => step.do === 'waybill' && step.when)
  const own = job.comments
    ? ['- checkout: none']
    : [
        '- checkout: self',
        `  fetchDepth: ${job.history === 'all' ? '0 # secrets are looked for in every commit' : 1}`,
      ]
  return [
    ...own,
    // A deployment would fetch every artifact of the run.
    ...(job.environment ? ['- download: none'] : []),
    ...(job.comments ? [] : waybillStep(settings)),
    ...loginSteps(job, settings, isMixed ? OWN : undefined),
    ...builderSteps(job),
    ...job.steps.flatMap((step) => oneStep(step, job, settings)),
  ]
}

/** The executable, held against its checksum each time, also when it comes from the cache. */
function waybillStep({ waybill }: CiSettings): readonly string[] {
  if (waybill === 'installed' || 'image' in waybill) return []
  return [
    '- task: Cache@2',
    '  displayName: Remember Waybill',
    '  inputs:',
    `    key: waybill | ${waybill.sha256}`,
    '    path: $(Pipeline.Workspace)/waybill',
    '- bash: |',
    '    set -euo pipefail',
    '    file="$PIPELINE_WORKSPACE/waybill/waybill"',
    '    if [ ! -e "$file" ]; then',
    '      curl --fail --silent --show-error --location --retry 3 --create-dirs --output "$file" "$WAYBILL_URL"',
    '    fi',
    '    echo "$WAYBILL_SHA256  $file" | sha256sum --check --quiet',
    '    chmod +x "$file"',
    '    echo "##vso[task.prependpath]$PIPELINE_WORKSPACE/waybill"',
    '  displayName: Get Waybill',
    '  env:',
    `    WAYBILL_URL: ${scalar(waybill.url)}`,
    `    WAYBILL_SHA256: ${waybill.sha256}`,
  ]
}

/** Hosted agents have docker and buildx; other platforms are emulated, and a builder of its own can do several. */
function builderSteps({ builds }: Job): readonly string[] {
  if (builds?.builder !== 'buildx' || builds.platforms.every((platform) => platform === 'linux/amd64'))
    return []
  return [
    '- bash: |',
    '    set -euo pipefail',
    '    sudo apt-get update --quiet',
    '    sudo apt-get install --quiet --yes qemu-user-static',
    '    docker buildx create --use',
    '  displayName: Prepare other platforms',
  ]
}

function oneStep(step: Step, job: Job, settings: CiSettings): readonly string[] {
  switch (step.do) {
    case 'waybill':
      return waybillCommand(step, job, settings)
    case 'keep':
      return keepStep(step)
    case 'take':
      return [
        '- task: DownloadPipelineArtifact@2',
        `  displayName: Take ${step.name}`,
        '  inputs:',
        `    artifactName: ${step.name}`,
        `    targetPath: ${inTemp(step.folder)}`,
      ]
    case 'comment':
      return commentStep(step)
    case 'publish':
      return publishStep(step)
  }
}

/** An artifact cannot be replaced: what people read is kept for each attempt, what jobs take is that of the first. */
function keepStep({ name, folder, for: whom }: Extract<Step, { do: 'keep' }>): readonly string[] {
  return [
    `- publish: ${inTemp(folder)}`,
    `  artifact: ${name}${whom === 'people' ? '-$(System.JobAttempt)' : ''}`,
    `  displayName: Keep ${name}`,
    ...(whom === 'people'
      ? ['  condition: succeededOrFailed() # what was found must be seen', '  continueOnError: true']
      : ['  continueOnError: true # it is there already when the whole stage runs again']),
  ]
}

function publishStep({ what, files }: Extract<Step, { do: 'publish' }>): readonly string[] {
  if (what === 'sarif') return []
  const isTests = what === 'tests'
  return [
    `- task: ${isTests ? 'PublishTestResults@2' : 'PublishCodeCoverageResults@2'}`,
    `  displayName: Show the ${what}`,
    '  condition: succeededOrFailed()',
    '  inputs:',
    ...(isTests ? testInputs(files) : coverageInputs(files)),
  ]
}

/** That they passed is judged by Waybill; that there are none must not look like that they passed. */
function testInputs(files: string): readonly string[] {
  const at = files.indexOf('/**')
  return [
    '    testResultsFormat: JUnit',
    `    searchFolder: ${inTemp(files.slice(0, at))}`,
    `    testResultsFiles: ${scalar(files.slice(at + 1))}`,
    '    failTaskOnMissingResultsFile: true',
  ]
}

function coverageInputs(files: string): readonly string[] {
  return [
    `    summaryFileLocation: ${scalar(`$(Build.SourcesDirectory)/${files}`)}`,
    '    failIfCoverageEmpty: true',
  ]
}

function waybillCommand(
  { title, words: given, why, into, when }: Extract<Step, { do: 'waybill' }>,
  job: Job,
  settings: CiSettings,
): readonly string[] {
  const words = refAsInput(given)
  const variables = when === 'fork' ? [] : variablesOf(words, job, settings)
  const lines = waybillLines(words, { temp: 'AGENT_TEMPDIRECTORY' }, into)
  const [first] = when === 'fork' ? [] : connectionsOf(job)
  return [
    ...comment(why ?? '').filter((line) => line !== '# '),
    ...scriptLines(lines.length === 1 ? lines : ['set -e', ...lines], first?.connection),
    `  displayName: ${scalar(title)}`,
    ...(words[0] === 'build' && when !== 'fork' ? ['  name: build'] : []),
    ...(when ? [`  condition: ${when === 'fork' ? FORK : OWN}`] : []),
    ...(variables.length > 0
      ? ['  env:', ...variables.map(([name, value]) => `    ${name}: ${scalar(value)}`)]
      : []),
  ]
}

/**
 * With a connection, as its identity: imports between registries, keys in a vault and the project's own `az` commands
 * want one, and the session of another task has ended with it.
 */
function scriptLines(lines: readonly string[], connection: string | undefined): readonly string[] {
  const [only = '', ...more] = lines
  const script = (key: string) =>
    more.length === 0 ? [`${key}: ${only}`] : [`${key}: |`, ...indented(lines)]
  if (connection === undefined) {
    const [head = '', ...rest] = script('bash')
    return [`- ${head}`, ...indented(rest)]
  }
  return [
    '- task: AzureCLI@2',
    '  inputs:',
    `    azureSubscription: ${scalar(connection)}`,
    '    scriptType: bash',
    '    scriptLocation: inlineScript',
    ...indented(script('inlineScript'), 4),
  ]
}

/** Secrets reach a script only by being named here. */
function variablesOf(words: Extract<Step, { do: 'waybill' }>['words'], job: Job, settings: CiSettings) {
  const { git, secrets } = settings
  const secret = (name: string) =>
    [name, name === ACCESS_TOKEN ? '$(System.AccessToken)' : `$(${secrets[name] ?? name})`] as const
  const delivers = git !== undefined && job.gitHosts.length > 0
  const all = [
    ...handedTo(words)
      .filter(({ name }) => !isVariable(name))
      .map(({ name, variable }) => [variable, parameterValue(name)] as const),
    ...job.secrets.map(secret),
    ...(job.identity || job.keyServices.includes('keyless') || connectionsOf(job).length > 0
      ? [secret(ACCESS_TOKEN)]
      : []),
    ...(delivers ? [secret(git.token), ...gitTokenVariables(job.gitHosts, git.token)] : []),
  ]
  return [...new Map(all)]
}
