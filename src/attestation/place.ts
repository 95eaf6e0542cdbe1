import { digestOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { makeStatement } from './statement.ts'
import type { Statement } from './statement.ts'

/** One application in one environment, as statements about the place itself name it. */
export interface PlaceNames {
  readonly application: string
  readonly environment: string
}

function placeName({ application, environment }: PlaceNames): string {
  return `waybill:${application}/${environment}`
}

/** The subject of statements about a place and no image: sha256 of the place's name. */
export function placeDigest(place: PlaceNames): Digest {
  return digestOf(placeName(place))
}

/** A Statement v1 about the place itself: a hold, or a waiver for every digest. */
export function makePlaceStatement(place: PlaceNames, predicateType: string, predicate: object): Statement {
  const made = makeStatement([placeDigest(place)], predicateType, predicate)
  return { ...made, subject: made.subject.map((subject) => ({ name: placeName(place), ...subject })) }
}
