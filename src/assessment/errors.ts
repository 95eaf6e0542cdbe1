import { declareErrors } from '../base/index.ts'

export const assessmentErrors = declareErrors({
  RECORD_INVALID: {
    exit: 3,
    about:
      'A promotion record does not verify: its signature, signer, subject or content is not what the chain requires.',
    next: 'Treat the environment as tampered with. Compare with git and a copy of the registry; restore the promotions tag to the last good record.',
  },
  RECORD_CHAIN_BROKEN: {
    exit: 3,
    about: 'A promotion record names a predecessor that is missing or is not the one it was signed over.',
    next: 'Restore the missing record from a backup or another copy of the repository; `waybill history` shows how far the chain holds.',
  },
  RECORD_CHAIN_FORKED: {
    exit: 3,
    about:
      "There is a validly signed promotion record that the environment's chain does not contain: the chain was cut, moved back or written twice.",
    next: 'Find out who wrote both. If the extra record is an abandoned attempt, delete it from the registry; then run again.',
  },
  STANDING_INVALID: {
    exit: 3,
    about: 'The standing orders of an environment (holds, waivers for every digest) cannot be read.',
    next: 'Look at the tag standing.<environment>; restore it from another copy of the repository, or delete it and order anew.',
  },
  EVIDENCE_LIMIT: {
    exit: 1,
    about: 'A digest has more referrers or signatures than Waybill reads.',
    next: 'Remove old referrers from the repository; stay under 30 per digest.',
  },
})
