import type { CiSettings } from '../../config/index.ts'
import type { Job, Step } from '../flow.ts'
import { gitTokenVariables } from '../git-token.ts'
import { refAsInput } from '../ref-word.ts'
import { handedTo, waybillLines } from '../shell.ts'
import { comment, indented, scalar } from '../text.ts'
import { actions } from './actions.ts'
import { loginSteps, loginVariables } from './logins.ts'

/** Pull requests that get secrets: of this repository, and not by a bot that GitHub treats like a fork. */
export const OWN =
  "github.event.pull_request.head.repo.full_name == github.repository && github.actor != 'dependabot[bot]'"
const FORK = `\${{ !(${OWN}) }}`

export function stepLines(job: Job, settings: CiSettings): readonly string[] {
  const isMixed = job.steps.some((step) => step.do === 'waybill' && step.when)
  return [
    // It would only be a temptation where a job runs nothing of the source.
    ...(job.comments ? [] : checkoutStep(job)),
    ...(job.comments ? [] : waybillStep(settings)),
    // Logging in moves docker's folder, where builders are kept: it comes first.
    ...loginSteps(job, settings, isMixed ? OWN : undefined),
    ...builderSteps(job),
    ...job.steps.flatMap((step) => oneStep(step, job, settings)),
  ]
}

function checkoutStep({ history }: Job): readonly string[] {
  return [
    `- uses: ${actions.checkout}`,
    '  with:',
    '    persist-credentials: false',
    ...(history === 'all' ? ['    fetch-depth: 0 # secrets are looked for in every commit'] : []),
  ]
}

/** The executable, held against its checksum each time, also when it comes from the cache. */
function waybillStep({ waybill }: CiSettings): readonly string[] {
  if (waybill === 'installed' || 'image' in waybill) return []
  return [
    `- uses: ${actions.cache}`,
    '  with:',
    '    path: ~/.local/share/waybill',
    `    key: waybill-${waybill.sha256}`,
    '- name: Get Waybill',
    '  env:',
    `    WAYBILL_URL: ${scalar(waybill.url)}`,
    `    WAYBILL_SHA256: ${waybill.sha256}`,
    '  run: |',
    '    file=~/.local/share/waybill/waybill',
    '    if [ ! -e "$file" ]; then',
    '      curl --fail --silent --show-error --location --retry 3 --create-dirs --output "$file" "$WAYBILL_URL"',
    '    fi',
    '    echo "$WAYBILL_SHA256  $file" | sha256sum --check --quiet',
    '    chmod +x "$file"',
    '    dirname "$file" >> "$GITHUB_PATH"',
  ]
}

function builderSteps({ builds }: Job): readonly string[] {
  if (builds?.builder !== 'buildx') return []
  const isForeign = builds.platforms.some((platform) => platform !== 'linux/amd64')
  return [
    ...(isForeign ? [`- uses: ${actions.qemu}`] : []),
    `- uses: ${actions.buildx}`,
    ...(builds.cache === 'gha'
      ? ["# GitHub's cache is open to actions only; this hands it to scripts.", `- uses: ${actions.runtime}`]
      : []),
  ]
}

function oneStep(step: Step, job: Job, settings: CiSettings): readonly string[] {
  switch (step.do) {
    case 'waybill':
      return waybillCommand(step, job, settings)
    case 'keep':
      return [
        `- uses: ${actions.upload}`,
        ...(step.for === 'people' ? ['  if: ${{ !cancelled() }} # what was found must be seen'] : []),
        '  with:',
        `    name: ${step.name}`,
        `    path: ${inTemp(step.folder)}`,
        `    if-no-files-found: ${step.for === 'jobs' ? 'error' : 'ignore'}`,
        '    overwrite: true # when the job runs again',
        `    retention-days: ${step.days}`,
      ]
    case 'take':
      return [
        `- uses: ${actions.download}`,
        '  with:',
        `    name: ${step.name}`,
        `    path: ${inTemp(step.folder)}`,
      ]
    case 'comment':
      return commentStep(step)
    // GitHub shows no test reports: the answer is on the page of the run, the files among its artifacts.
    case 'publish':
      return []
  }
}

function inTemp(path: string): string {
  return path.replace('{temp}', '${{ runner.temp }}')
}

function waybillCommand(
  { title, words: given, why, into, when }: Extract<Step, { do: 'waybill' }>,
  job: Job,
  settings: CiSettings,
): readonly string[] {
  const words = refAsInput(given)
  const isFork = when === 'fork'
  const variables = [
    ...handedTo(words).map(({ name, variable }) => [variable, `\${{ ${valueOf(name)} }}`] as const),
    ...(isFork
      ? []
      : job.secrets.map((name) => [name, `\${{ secrets.${settings.secrets[name] ?? name} }}`] as const)),
    ...(isFork ? [] : loginVariables(job)),
    ...gitVariables(job, settings),
  ]
  const lines = waybillLines(words, { temp: 'RUNNER_TEMP' }, into)
  return [
    ...comment(why ?? '').filter((line) => line !== '# '),
    `- name: ${scalar(title)}`,
    ...(words[0] === 'build' && !isFork ? ['  id: build'] : []),
    ...(when ? [`  if: ${isFork ? FORK : OWN}`] : []),
    ...(variables.length > 0
      ? ['  env:', ...variables.map(([name, value]) => `    ${name}: ${scalar(value)}`)]
      : []),
    ...(lines.length === 1 ? [`  run: ${lines[0]}`] : ['  run: |', ...indented(lines, 4)]),
  ]
}

function valueOf(name: string): string {
  if (name === 'pull-request') return 'github.event.pull_request.number'
  if (name === 'ref') return "github.event_name == 'push' && 'ci' || ''"
  const [job, output] = name.split('.')
  return output === undefined ? `inputs.${name}` : `needs.${job}.outputs.${output}`
}

function gitVariables({ gitHosts }: Job, { git, secrets }: CiSettings) {
  if (!git || gitHosts.length === 0) return []
  const token = [git.token, `\${{ secrets.${secrets[git.token] ?? git.token} }}`] as const
  return [token, ...gitTokenVariables(gitHosts, git.token)]
}

/** One comment, found by its mark and written anew. */
function commentStep({ file, marker }: Extract<Step, { do: 'comment' }>): readonly string[] {
  return [
    '- name: Write the comment',
    '  env:',
    '    GH_TOKEN: ${{ github.token }}',
    '    COMMENTS: repos/${{ github.repository }}/issues/${{ github.event.pull_request.number }}/comments',
    `    MARKER: ${scalar(marker)}`,
    `    FILE: ${inTemp(file)}`,
    '  run: |',
    '    ids=$(gh api --paginate "$COMMENTS" \\',
    '      --jq \'.[] | select(.user.type == "Bot" and (.body | startswith(env.MARKER))) | .id\')',
    '    id=${ids%%[!0-9]*}',
    '    if [ -n "$id" ]; then',
    `      gh api --silent --method PATCH "\${COMMENTS%/*/*}/comments/$id" --field "body=@$FILE"`,
    '    else',
    `      gh api --silent --method POST "$COMMENTS" --field "body=@$FILE"`,
    '    fi',
  ]
}
