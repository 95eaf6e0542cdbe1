import { isFailure } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import { assessmentErrors, recordAt } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'

/** The sound promotion records of this chain's place among a digest's referrers, in the chain or not. */
export async function recordsAmong(
  place: ChainPlace,
  digest: Digest,
  referrers: readonly Descriptor[],
): Promise<readonly ChainRecord[]> {
  const asked = referrers.filter(mayBePromotion)
  const read = await Promise.all(asked.map((entry) => readAttempt(place, entry)))
  // A list of referrers is anybody's word: a leftover record of another image must not become this promotion's.
  return read.filter((record) => record !== undefined && record.digest === digest) as readonly ChainRecord[]
}

/** Would this record be the next in a chain with that head? */
export function follows({ predicate, sequence }: ChainRecord, head: ChainRecord | undefined): boolean {
  const { previous } = predicate
  return head
    ? previous?.record === head.record && previous.payload === head.payload
    : previous === undefined && sequence === 1
}

async function readAttempt(place: ChainPlace, descriptor: Descriptor): Promise<ChainRecord | undefined> {
  try {
    return await recordAt(place, descriptor.digest)
  } catch (error) {
    // Another environment's record, or one nobody trusted signed: not ours to judge here.
    if (isFailure(error, assessmentErrors.RECORD_INVALID)) return undefined
    throw error
  }
}

function mayBePromotion({ annotations }: Descriptor): boolean {
  const type = annotations?.['dev.sigstore.bundle.predicateType']
  return type === undefined || type === predicateTypes.promotion
}
