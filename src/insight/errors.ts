import { declareErrors } from '../base/index.ts'

export const insightErrors = declareErrors({
  IMAGE_UNTRACEABLE: {
    exit: 3,
    about: 'No promotion record and no repository of the configuration knows this image.',
    next: 'Give the digest a pod reports (imageID), or a full reference. Images that never went the road cannot be traced.',
  },
})
