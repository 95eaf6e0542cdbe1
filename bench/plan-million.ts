// Plans a train of 20,000 images for 50 environments, a million pairs, against destinations that hold a third of them:
// node bench/plan-million.ts [IMAGES] [ENVIRONMENTS]. Prints seconds and peak memory as JSON.
import { digestOf } from '../src/oci/index.ts'
import type { Digest, Repository } from '../src/oci/index.ts'
import { countHosts, planTrain } from '../src/promotion/train/plan-train.ts'
import type { KnownState, Pair } from '../src/promotion/train/plan-train.ts'

const [images = 20_000, environments = 50] = process.argv.slice(2).map(Number)
const VERSIONS = ['1.0.0', '1.1.0']

/** What is declared. Every image has a repository of its own in every environment, on one of ten registries. */
function* declared(digests: readonly Digest[]): Generator<Pair> {
  for (let environment = 0; environment < environments; environment++) {
    const registry = `registry-${environment % 10}.example.com`
    for (const [index, digest] of digests.entries()) {
      const name = [`env-${environment}`, TEAMS[index % 200], `app-${index}`].join('/')
      yield { destination: { registry, name }, digest, tags: VERSIONS, floating: NONE }
    }
  }
}

const TEAMS = Array.from({ length: 200 }, (_, index) => `team-${index}`)
const NONE: readonly string[] = []
const numberOf = ({ name }: Repository) => Number(name.slice(name.lastIndexOf('-') + 1))

/** A third is there, a hundredth has another digest under its tag, the rest is new. */
function stateOf(digests: readonly Digest[], other: Digest): KnownState {
  return {
    tag: (repository) => {
      const index = numberOf(repository)
      if (index % 100 === 1) return other
      return index % 3 === 0 ? digests[index] : undefined
    },
    holds: () => false,
  }
}

const digests = Array.from({ length: images }, (_, index) => digestOf(`image ${index}`))
const started = performance.now()
const hosts = countHosts(planTrain(declared(digests), stateOf(digests, digestOf('other'))))
const seconds = (performance.now() - started) / 1000
const sum = (count: 'repositories' | 'present' | 'move' | 'conflict') =>
  hosts.reduce((total, host) => total + host[count], 0)
process.stdout.write(
  `${JSON.stringify({
    pairs: images * environments,
    seconds: Number(seconds.toFixed(2)),
    peakMiB: Math.ceil(process.resourceUsage().maxRSS / 1024),
    hosts: hosts.length,
    repositories: sum('repositories'),
    present: sum('present'),
    move: sum('move'),
    conflict: sum('conflict'),
  })}\n`,
)
