import { declareErrors } from '../base/index.ts'

export const insightErrors = declareErrors({
  EVIDENCE_UNCLEAR: {
    exit: 2,
    about: 'No statement on the image, or more than one, has a digest with the given beginning.',
    next: 'See `waybill evidence list`; give more of the digest, or the digest of its manifest.',
  },
  IMAGE_UNTRACEABLE: {
    exit: 3,
    about: 'No promotion record and no repository of the configuration knows this image.',
    next: 'Give the digest a pod reports (imageID), or a full reference. Images that never went the road cannot be traced.',
  },
})
