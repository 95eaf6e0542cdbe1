import type { CiSettings } from '../../config/index.ts'
import type { Flow, Step, Word } from '../flow.ts'
import { handedTo, waybillLines } from '../shell.ts'
import { comment, indented } from '../text.ts'
import { binding, credentialsOf, preparation } from './credentials.ts'
import { braces, literal, sh } from './groovy.ts'
import type { StageJob } from './stages.ts'

export interface Around {
  readonly flow: Flow
  readonly settings: CiSettings
  /** Stages that take a digest from this one, and this one from. */
  readonly isAwaited: boolean
}

const TEMP = 'env.WAYBILL_TEMP'

export function stageText({ job, who }: StageJob, around: Around): readonly string[] {
  const { settings } = around
  const credentials = credentialsOf(job, settings)
  const commands = job.steps.flatMap((step) => (step.do === 'waybill' ? [step] : []))
  const scripts = commands.flatMap((step) => [
    ...comment(step.why ?? '', '//').filter((line) => line !== '// '),
    ...sh([...preparation(job, settings), ...command(step, around)]),
  ])
  return braces(`stage(${literal(job.title)})`, [
    ...whenOf({ job, ...(who && { who }) }),
    `agent ${agentOf(settings)}`,
    `options { timeout(time: ${job.timeout}, unit: 'MINUTES') }`,
    ...environmentOf(settings),
    ...braces('steps', [
      ...obtain(settings),
      ...taken(job, around),
      ...(credentials.length === 0
        ? scripts
        : [
            'withCredentials([',
            ...indented(credentials.map((one) => `${binding(one)},`)),
            ...braces('])', scripts),
          ]),
    ]),
    ...postOf(job.steps, job.id, around),
  ])
}

function whenOf({ job: { onlyWhen }, who }: StageJob): readonly string[] {
  // The agent is not asked for in vain.
  const when = (condition: string) => ['when {', '  beforeAgent true', `  expression { ${condition} }`, '}']
  if (who) return when(who === 'fork' ? 'env.CHANGE_FORK' : '!env.CHANGE_FORK')
  if (!onlyWhen) return []
  const asked = `params.${onlyWhen.input.toUpperCase()}`
  return when(
    onlyWhen.input === 'application'
      ? `(${asked} ?: '') in ['', ${literal(onlyWhen.is)}]`
      : `${asked} == ${literal(onlyWhen.is)}`,
  )
}

function agentOf({ waybill, jenkins }: CiSettings): string {
  if (typeof waybill === 'object' && 'image' in waybill)
    return `{ docker { image ${literal(waybill.image)}; label ${literal(jenkins.agent)}; args '--entrypoint=' } }`
  return `{ label ${literal(jenkins.agent)} }`
}

/** Beside the checkout, where it makes no tree dirty and comes into no image. */
function environmentOf({ waybill }: CiSettings): readonly string[] {
  const isFetched = typeof waybill === 'object' && 'url' in waybill
  return braces('environment', [
    'WAYBILL_TEMP = "${WORKSPACE_TMP}/waybill"',
    'WAYBILL_OUTPUTS = "${WORKSPACE_TMP}/waybill/outputs/waybill.env"',
    ...(isFetched ? ['PATH = "${WORKSPACE_TMP}/waybill/bin:${PATH}"'] : []),
  ])
}

function obtain({ waybill }: CiSettings): readonly string[] {
  const isFetched = typeof waybill === 'object' && 'url' in waybill
  return sh([
    'rm -rf "$WAYBILL_TEMP"',
    'mkdir -p "$WAYBILL_TEMP/outputs" "$WAYBILL_TEMP/bin"',
    'mkdir -m 700 "$WAYBILL_TEMP/log-in"',
    ...(isFetched
      ? [
          `curl --fail --silent --show-error --location --proto =https \\`,
          `  --output "$WAYBILL_TEMP/bin/waybill" '${waybill.url.replaceAll("'", '%27')}'`,
          `echo "${waybill.sha256}  $WAYBILL_TEMP/bin/waybill" | sha256sum --check --quiet`,
          'chmod +x "$WAYBILL_TEMP/bin/waybill"',
        ]
      : []),
    'waybill --version',
  ])
}

function command(step: Extract<Step, { do: 'waybill' }>, { flow }: Around): readonly string[] {
  const words = step.words.flatMap((word, at) => adapted(word, step.words[at - 1], flow))
  return [
    ...handedTo(words).flatMap(({ name, variable }) => handed(name, variable)),
    ...waybillLines(words, { temp: 'WAYBILL_TEMP' }, step.into),
  ]
}

/** Parameters are variables of the job already; empty ones may be missing. */
function handed(name: string, variable: string): readonly string[] {
  const output = name.split('.')[1]
  if (output === undefined) return [`${variable}="\${${variable}:-}"`]
  return [
    `${variable}="$(sed -n 's/^WAYBILL_${output.toUpperCase()}=//p' "$WAYBILL_TEMP/outputs/waybill.env")"`,
  ]
}

function adapted(word: Word, before: Word | undefined, { name }: Flow): readonly Word[] {
  // Jenkins starts nothing when a pull request is closed.
  if (typeof word !== 'string') return word.otherwise ?? [word]
  if (name !== 'promote') return [word]
  // A multibranch job knows its branch or tag; the job that a person starts does not.
  if (word === '--ref') return []
  return before === '--ref' ? [{ given: 'branch-name', words: ['--ref', word] }] : [word]
}

function taken({ steps, after }: StageJob['job'], { flow }: Around): readonly string[] {
  const names = [
    ...steps.flatMap((step) => (step.do === 'take' ? [step.name] : [])),
    ...after
      .filter((id) => flow.jobs.some((job) => job.id === id && job.builds))
      .map((id) => `outputs-${id}`),
  ]
  return braces(
    `dir(${TEMP})`,
    names.map((name) => `unstash ${literal(name)}`),
  )
}

function postOf(steps: readonly Step[], id: string, { isAwaited }: Around): readonly string[] {
  const kept = steps.flatMap((step) => (step.do === 'keep' ? [step] : []))
  const pattern = (path: string) => path.replace('{temp}/', '')
  const always = [
    ...kept
      .filter(({ for: whom }) => whom === 'people')
      .map(
        ({ folder }) =>
          `archiveArtifacts artifacts: ${literal(`${pattern(folder)}/**`)}, allowEmptyArchive: true`,
      ),
    ...steps.flatMap((step) =>
      step.do === 'publish' && step.what === 'tests'
        ? [`junit testResults: ${literal(pattern(step.files))}, allowEmptyResults: true`]
        : [],
    ),
  ]
  const success = [
    ...kept
      .filter(({ for: whom }) => whom === 'jobs')
      .map(
        ({ name, folder }) =>
          `stash name: ${literal(name)}, includes: ${literal(`${pattern(folder)}/**`)}, allowEmpty: true`,
      ),
    ...(isAwaited ? [`stash name: ${literal(`outputs-${id}`)}, includes: 'outputs/**'`] : []),
  ]
  return braces('post', [
    ...braces('always', braces(`dir(${TEMP})`, always)),
    ...braces('success', braces(`dir(${TEMP})`, success)),
    'cleanup {',
    ...indented(sh(['rm -rf "$WAYBILL_TEMP"'])),
    '}',
  ])
}
