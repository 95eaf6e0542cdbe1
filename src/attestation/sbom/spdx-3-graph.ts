import { isObject } from '../../base/index.ts'
import { distinct, objectsOf, textOf, textsOf, wordOf } from './foreign-fields.ts'
import type { JsonObject } from './foreign-fields.ts'

export interface Spdx3Relationship {
  readonly kind: string
  readonly from: string
  readonly to: readonly string[]
}

const RELATIONSHIPS = new Set(['Relationship', 'LifecycleScopedRelationship'])

/** The flat `@graph` of an SPDX 3.0 document: elements that refer to each other by id. */
export class Spdx3Graph {
  readonly elements: readonly JsonObject[]
  readonly relationships: readonly Spdx3Relationship[]
  readonly #byId: ReadonlyMap<string, JsonObject>

  constructor(graph: unknown) {
    this.elements = objectsOf(graph)
    this.#byId = new Map(
      this.elements.flatMap((element) =>
        textsOf([element.spdxId, element['@id']]).map((id) => [id, element]),
      ),
    )
    this.relationships = this.elements
      .filter(({ type }) => RELATIONSHIPS.has(wordOf(type)))
      .map(({ relationshipType, from, to }) => ({
        kind: wordOf(relationshipType),
        from: wordOf(from),
        to: textsOf(to),
      }))
  }

  ofType(wanted: string): readonly JsonObject[] {
    return this.elements.filter(({ type }) => type === wanted)
  }

  /** The element that an id stands for, or the one written in its place; empty when there is none. */
  at(reference: unknown): JsonObject {
    if (isObject(reference)) return reference
    return this.#byId.get(wordOf(reference)) ?? {}
  }

  /** Names of the elements referred to: one or a list. */
  names(references: unknown): readonly string[] {
    const all: readonly unknown[] = Array.isArray(references) ? references : [references]
    return distinct(all.map((reference) => textOf(this.at(reference).name)))
  }
}
