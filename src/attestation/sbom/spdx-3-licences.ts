import { distinct, textOf, textsOf } from './foreign-fields.ts'
import type { Spdx3Graph } from './spdx-3-graph.ts'

const STATES_LICENCE = new Set(['hasDeclaredLicense', 'hasConcludedLicense'])
const LISTED = 'https://spdx.org/licenses/'
const NOBODY_SAYS =
  /^https:\/\/spdx\.org\/rdf\/[^/]+\/terms\/(?:Expanded)?Licensing\/NoAssertion(?:License)?$/
const THERE_IS_NONE = /^https:\/\/spdx\.org\/rdf\/[^/]+\/terms\/(?:Expanded)?Licensing\/None(?:License)?$/
// Sets may hold sets, and each other.
const MAX_MEMBERS = 50
const MAX_LENGTH = 2_000
const MAX_DEPTH = 20
// No SPDX expression: what cannot be read is never taken for a licence.
const UNREADABLE = '(unreadable)'

/** Licences by the id of what is licensed, declared and concluded together. */
export function licencesBySubject(graph: Spdx3Graph): ReadonlyMap<string, readonly string[]> {
  const texts = new LicenceTexts(graph)
  const stated = graph.relationships.filter(({ kind }) => STATES_LICENCE.has(kind))
  const bySubject = Map.groupBy(stated, ({ from }) => from)
  return new Map(
    [...bySubject].map(([subject, all]) => {
      const ids = all.flatMap(({ to }) => to.filter((id) => !NOBODY_SAYS.test(id)))
      return [subject, distinct(ids.map((id) => texts.of(id))).filter((text) => text !== 'NOASSERTION')]
    }),
  )
}

/** Licence elements as SPDX expressions, each worked out once. */
class LicenceTexts {
  readonly #graph: Spdx3Graph
  readonly #known = new Map<string, string>()
  #depth = 0

  constructor(graph: Spdx3Graph) {
    this.#graph = graph
  }

  of(id: string): string {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    // A set that holds itself finds this.
    this.#known.set(id, UNREADABLE)
    const text = this.#read(id)
    const kept = text.length > MAX_LENGTH ? UNREADABLE : text
    this.#known.set(id, kept)
    return kept
  }

  #read(id: string): string {
    if (id.startsWith(LISTED)) return id.slice(LISTED.length)
    if (THERE_IS_NONE.test(id)) return 'NONE'
    const element = this.#graph.at(id)
    switch (element.type) {
      case 'simplelicensing_LicenseExpression':
        return textOf(element.simplelicensing_licenseExpression) ?? UNREADABLE
      case 'expandedlicensing_ConjunctiveLicenseSet':
        return this.#joined(textsOf(element.expandedlicensing_member), 'AND')
      case 'expandedlicensing_DisjunctiveLicenseSet':
        return this.#joined(textsOf(element.expandedlicensing_member), 'OR')
      default:
        return textOf(element.name) ?? UNREADABLE
    }
  }

  #joined(members: readonly string[], word: 'AND' | 'OR'): string {
    if (members.length === 0 || members.length > MAX_MEMBERS) return UNREADABLE
    if (this.#depth >= MAX_DEPTH) return UNREADABLE
    this.#depth++
    const texts = members.map((id) => this.of(id))
    this.#depth--
    return `(${texts.join(` ${word} `)})`
  }
}
