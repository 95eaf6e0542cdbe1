import { profile } from './profile.ts'
import { withoutReferrers } from './traits.ts'

export const noReferrers = profile({
  about: 'no referrers API (404) and no OCI-Subject: referrers live under the fallback tag',
  knownFrom: 'every registry of distribution-spec 1.0',
  make: () => ({ prepare: withoutReferrers }),
})
