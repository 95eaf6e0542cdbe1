import { fail } from '../base/index.ts'
import { gather, readHead } from '../assessment/index.ts'
import type { ResolvedImage } from '../assessment/index.ts'
import type { Admission, SourceFacts } from '../pipeline/index.ts'
import { evaluate, imageGates, policyDigest, withStops } from '../policy/index.ts'
import { chainPlace } from '../promotion/index.ts'
import { wiringErrors } from './errors.ts'
import type { Wired } from './parts.ts'

/**
 * Asks the gates of the environment that takes builds, as promotion would, but only those that ask about the image
 * itself and what is signed about it. Of a pull request's image it is not asked which event and branch it was built by.
 * @throws BUILD_UNCONFIGURED when no environment takes builds
 */
export function judgeFor(
  application: string,
  { config, parts }: Wired,
): (image: ResolvedImage, source: SourceFacts) => Promise<Admission> {
  const first = [...config.environments.values()].find(({ accepts }) => accepts === 'build')
  if (!first)
    throw fail(wiringErrors.BUILD_UNCONFIGURED, {
      message: 'No environment takes builds, so nobody can say what may be pushed.',
      where: config.file,
    })
  const stop = parts.stop(application, first.name)
  const { environment, source, exceptions } = stop
  const gates = imageGates(stop.gates)
  const left = withStops(stop.gates).filter((gate) => !gates.includes(gate))
  return async (image, { event }) => {
    const { trust, onStep } = parts
    onStep({ kind: 'step', step: 'evaluate', state: 'start', note: environment })
    const head = await readHead(chainPlace(stop, parts))
    const facts = await gather({
      application,
      environment,
      source,
      image,
      gates,
      exceptions,
      placeOf: (name) => chainPlace(parts.stop(application, name), parts),
      target: head && { store: parts.store(stop.repository), head },
      ticket: undefined,
      askTicket: (question, name) => parts.askTicket(question, name),
      requestedBy: undefined,
      trust,
      now: parts.clock.now(),
    })
    const preview = event === 'pull-request'
    const policy = policyDigest(stop.gates, trust.digest, exceptions, source)
    const verdict = await evaluate(gates, { ...facts, isPreview: preview, policyDigest: policy })
    onStep({ kind: 'step', step: 'evaluate', state: 'done', note: verdict.result })
    return { environment, verdict, left: [...new Set(left.map(({ kind }) => kind))], preview }
  }
}
