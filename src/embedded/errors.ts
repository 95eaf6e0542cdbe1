import { declareErrors } from '../base/index.ts'

/** What can go wrong around the embedded registry. What it tells its clients is OCI error JSON, see `answer.ts`. */
export const embeddedErrors = declareErrors({
  REGISTRY_ROOT_UNUSABLE: {
    exit: 2,
    about: 'The directory that should hold the embedded registry cannot be created, read or written.',
    next: 'Give --root a directory that this user may write to.',
  },
  REGISTRY_CANNOT_LISTEN: {
    exit: 2,
    about: 'The embedded registry cannot listen on the address it was given.',
    next: 'Choose another port (0 picks a free one), or stop what uses this one.',
  },
  REGISTRY_STORE_DAMAGED: {
    exit: 1,
    about: 'A file in the embedded registry’s directory is not what the registry wrote there.',
    next: 'Restore the directory from a copy, or start with an empty one and push the images again.',
  },
})
