import { declareErrors } from '../base/index.ts'

export const attestationErrors = declareErrors({
  STATEMENT_INVALID: {
    exit: 1,
    about: 'Signed content is not an in-toto Statement, or its predicate does not follow its own type.',
    next: 'Look at who produced it; create the attestation again with a current tool.',
  },
})
