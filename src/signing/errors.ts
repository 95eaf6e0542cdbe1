import { declareErrors } from '../base/index.ts'

export const signingErrors = declareErrors({
  KEY_INVALID: {
    exit: 2,
    about: 'A key cannot be read, or is of a kind Waybill does not sign or verify with.',
    next: 'Give a PKCS#8 or cosign private key on curve P-256, or an SPKI public key; `waybill key generate` makes a pair.',
  },
  KEY_PASSWORD: {
    exit: 2,
    about: 'A private key is encrypted and the password is missing or wrong.',
    next: 'Set the password of this key (WAYBILL_KEY_PASSWORD or COSIGN_PASSWORD) and run again.',
  },
  KMS_REFERENCE_INVALID: {
    exit: 2,
    about:
      'The reference of a key in a key service, or a variable that says where the service is, cannot be read.',
    next: 'Write it in the form that the guide shows for this service; it is the form of cosign.',
  },
  KMS_IDENTITY_MISSING: {
    exit: 2,
    about: 'A key service is to sign, and this environment has nothing to prove itself to it with.',
    next: 'Set the variables of an identity that may sign; the guide lists them for each service.',
  },
  KMS_DENIED: {
    exit: 1,
    about: 'A key service does not let this identity read or use the key.',
    next: 'Give the identity the right that is named, or renew it, then run again.',
  },
  KMS_KEY_UNUSABLE: {
    exit: 2,
    about:
      'A key in a key service is missing, disabled, expired, or of a kind that Waybill does not sign with.',
    next: 'Check the reference and the state of the key in that service; it must be for signing, on curve P-256.',
  },
  KMS_UNAVAILABLE: {
    exit: 1,
    about:
      'A key service gave no answer, or one of its own troubles (429 or 5xx), and kept doing so after several tries.',
    next: 'Check the network and the state of the service, then run the same command again.',
    retryable: true,
  },
  KMS_ANSWER_INVALID: {
    exit: 1,
    about:
      'A key service answered with something its documentation does not allow: another key version, a redirect, no signature.',
    next: 'Check that the address is really that service, and that nothing between changes its answers. Nothing was written.',
  },
  TIMESTAMP_FAILED: {
    exit: 1,
    about: 'A time-stamp authority gave no timestamp for a signature, or one about something else.',
    next: 'Check the address under `timestamp` in waybill.yaml and whether the authority can be reached; then run again. Nothing was written.',
    retryable: true,
  },
  TIMESTAMP_UNTRUSTED: {
    exit: 2,
    about: 'A time-stamp authority answered, but the trust policy does not believe it.',
    next: "Add the authority's certificate chain to `timestampAuthorities` in trust.yaml. Nothing was written.",
  },
  KEYLESS_FAILED: {
    exit: 1,
    about: 'A Sigstore service did not give what a keyless signature needs.',
    next: 'Check the addresses under `keyless`, that the services can be reached, and that the token is for audience sigstore. Nothing was written.',
    retryable: true,
  },
  KEYLESS_WITHOUT_TIME: {
    exit: 2,
    about:
      'A keyless signature would have nothing that proves when it was made, and would be worthless in ten minutes.',
    next: 'Name a time-stamp authority (`tsa`), or a log that gives promises (`rekor`, version 1), under `keyless`.',
  },
  TRUST_INVALID: {
    exit: 2,
    about: 'The trust policy says something that cannot be meant or cannot be read.',
    next: 'Correct the trust file at the place shown.',
  },
  TRUST_EXPIRED: {
    exit: 2,
    about: 'The trust policy has expired: nothing is verified under it.',
    next: 'Look through the trust file: remove who should count no more, then set `expires` to the next date.',
  },
  BUNDLE_INVALID: {
    exit: 1,
    about:
      'Signed content is not a Sigstore bundle, DSSE envelope or cosign signature in the exact form these have.',
    next: 'Look at who attached it; sign again with a current tool.',
  },
  SIGNATURE_INVALID: {
    exit: 3,
    about:
      'A signature does not match what it is supposed to sign: the content or the signature was changed.',
    next: 'Do not use this evidence. Find out who changed it; create it again from its source.',
  },
  SIGNER_UNTRUSTED: {
    exit: 3,
    about: 'Signed content was signed by nobody the trust policy knows.',
    next: 'If this signer should count, add it to the trust policy with what it may assert.',
  },
  SIGNER_NOT_ALLOWED: {
    exit: 3,
    about: 'A known signer asserted what the trust policy does not let it assert, here or now.',
    next: 'Have the right signer assert it, or change `mayAssert`, `environments`, `repositories` or `validFor`.',
  },
  SIGNER_REVOKED: {
    exit: 3,
    about:
      'A signer is revoked in the trust policy, and nothing proves that this was signed before that time.',
    next: 'Have it asserted again by a signer that counts. Do not move the time of revocation to let it pass.',
  },
  SUBJECT_MISMATCH: {
    exit: 3,
    about: 'A sound statement is about another digest than the image it was found on.',
    next: 'Remove it from this image; a statement counts only for the digests it names.',
  },
})
