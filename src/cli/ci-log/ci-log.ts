import { resolve } from 'node:path'
import { withoutSecrets } from '../../base/index.ts'
import type { Step } from '../../base/index.ts'
import { failureMarkdown, failureNotices, fenced, plainPaint, warning } from '../../report/index.ts'
import type { Notice, Outputs } from '../../report/index.ts'
import type { WaybillError } from '../../base/index.ts'
import type { Answer } from '../command.ts'
import type { Output } from '../output.ts'
import { groupingFor } from './grouping.ts'
import type { Grouping } from './grouping.ts'
import type { CiSystem } from './ci-system.ts'
import { fewest } from './fewest.ts'
import { writeOutputs } from './outputs-file.ts'
import { valuesOf } from './values.ts'

export interface CiLogWorld {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Where commands go: agents read both streams, and stdout is for the answer. */
  readonly stderr: Pick<Output, 'write'>
  readonly secrets: readonly string[]
}

/** Tells the CI system what a command found and made. Texts of warnings, gates and errors are foreign. */
export class CiLog {
  readonly #system: CiSystem
  readonly #world: CiLogWorld
  readonly #warnings: Notice[] = []
  readonly grouping: Grouping

  constructor(system: CiSystem, world: CiLogWorld) {
    this.#system = system
    this.#world = world
    this.grouping = groupingFor(system, (lines) => this.#print(lines))
  }

  /** Remembers what was warned of on the way. */
  onStep(step: Step): void {
    const own = step.kind !== 'item' ? step : step.state === 'within' ? step.step : undefined
    if (own?.kind === 'warning') this.#warnings.push(warning(own.code, own.message))
  }

  /** @throws SYSTEM_REFUSED or its cause when later steps could not be given their values */
  async answered(answer: Answer): Promise<void> {
    const told = answer.told?.()
    if (!told) return
    this.#mark([...told.notices, ...this.#warnings.filter(isNewTo(told.notices))])
    await this.#handOver(told.outputs)
    const name = told.topic.split(':', 1)[0] ?? ''
    await this.#show(name, answer.markdown?.() ?? fenced('text', answer.text(plainPaint)))
  }

  /** Never throws: there is an error to tell already. */
  async failed(failure: WaybillError): Promise<void> {
    this.#mark([...failureNotices(failure), ...this.#warnings])
    await this.#orWarn('The outcome could not be handed over', () => this.#handOver({ outcome: 'error' }))
    await this.#show('error', failureMarkdown(failure))
  }

  async #handOver(outputs: Outputs): Promise<void> {
    const { env, cwd } = this.#world
    const values = valuesOf(outputs)
    if (env.WAYBILL_OUTPUTS) await writeOutputs(resolve(cwd, env.WAYBILL_OUTPUTS), values)
    this.#print(await this.#system.outputs(values))
  }

  #mark(notices: readonly Notice[]): void {
    const { secrets } = this.#world
    for (const notice of fewest(notices)) {
      const [title, message] = [notice.title, notice.message].map((text) => withoutSecrets(text, secrets))
      this.#print(this.#system.notice({ ...notice, title: title ?? '', message: message ?? '' }))
    }
  }

  /** A page that cannot be shown stops nothing. */
  async #show(name: string, markdown: string): Promise<void> {
    const page = withoutSecrets(markdown, this.#world.secrets)
    await this.#orWarn('The summary could not be written', async () =>
      this.#print(await this.#system.summary(`waybill-${name}`, page)),
    )
  }

  async #orWarn(flaw: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException
      const { stderr } = this.#world
      const mark = this.#system.notice(warning('waybill', `${flaw}: ${code}.`))
      stderr.write(mark || `warning: ${flaw}: ${code}.\n`)
    }
  }

  #print(lines: string): void {
    if (lines !== '') this.#world.stderr.write(lines)
  }
}

/** Some warnings are told on the way and stand in the answer as well. */
function isNewTo(notices: readonly Notice[]) {
  const messages = new Set(notices.map(({ message }) => message))
  return ({ message }: Notice) => !messages.has(message)
}
