import { profile } from './profile.ts'
import { unconditional } from './traits.ts'

export const conditionsIgnored = profile({
  about: 'If-Match and If-None-Match are ignored on writes: the last writer wins',
  knownFrom: 'distribution-spec#250; docker-registry 2.8',
  make: () => ({ around: [unconditional] }),
})
