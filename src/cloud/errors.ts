import { declareErrors } from '../base/index.ts'

export const cloudErrors = declareErrors({
  CLOUD_LOGIN_FAILED: {
    exit: 2,
    about: 'The identity that this environment names for a cloud does not get in.',
    next: 'Repair the identity that this environment names: its variables, its file, or what the cloud knows of it.',
  },
  CLOUD_BUSY: {
    exit: 1,
    about: 'A cloud answered a login with an error of its own (429 or 5xx).',
    next: 'Wait and run the same command again.',
    retryable: true,
  },
})
