import { declareErrors } from '../base/index.ts'

export const setupErrors = declareErrors({
  FILE_CHANGED: {
    exit: 3,
    about: 'A file that would be written is there already, and is not as Waybill left it.',
    next: 'Look at the difference; move your changes into waybill.yaml, or overwrite the file with --force.',
  },
})
