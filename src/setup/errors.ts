import { declareErrors } from '../base/index.ts'

export const setupErrors = declareErrors({
  FILE_EXISTS: {
    exit: 3,
    about: 'A file that would be written is there already; nothing was written.',
    next: 'Go on with what is there, or move it away and run again.',
  },
  ANSWER_MISSING: {
    exit: 2,
    about:
      'Something has to be known that was neither given nor can be found out, and there is nobody to ask.',
    next: 'Give it on the command line.',
  },
  ANSWER_INVALID: {
    exit: 2,
    about: 'The names that were given make no configuration.',
    next: 'Give others: --application, --registry, --environments.',
  },
  KEYS_IN_GIT: {
    exit: 2,
    about: 'Private keys would be written where git would take them in.',
    next: 'Name a folder outside every working copy with --keys, or one that git ignores.',
  },
  FILE_CHANGED: {
    exit: 3,
    about: 'A file that would be written is there already, and is not as Waybill left it.',
    next: 'Look at the difference; move your changes into waybill.yaml, or overwrite the file with --force.',
  },
})
