import { declareErrors } from '../base/index.ts'

export const ociErrors = declareErrors({
  REFERENCE_INVALID: {
    exit: 2,
    about: 'Text that should name an image, repository, tag or digest does not follow the reference grammar.',
    next: 'Write it as host[:port]/path/name:tag or host[:port]/path/name@sha256:<64 hex digits>.',
  },
  DIGEST_INVALID: {
    exit: 2,
    about:
      'Text that should be a digest is not `sha256:` with 64 (or `sha512:` with 128) lower-case hex digits.',
    next: 'Copy the whole digest; Waybill never shortens or guesses one.',
  },
  DIGEST_MISMATCH: {
    exit: 1,
    about: 'Content does not hash to the digest it was asked for. The other side is broken or lying.',
    next: 'Do not use this content. Compare with another copy; repair or replace the registry.',
  },
  SIZE_MISMATCH: {
    exit: 1,
    about: 'Content is longer or shorter than its descriptor says.',
    next: 'Do not use this content. Push the image again from a good copy.',
  },
  MANIFEST_INVALID: {
    exit: 1,
    about: 'A manifest or index is not what the OCI image specification allows.',
    next: 'Rebuild or re-push the image with a current tool.',
  },
  MANIFEST_TOO_LARGE: {
    exit: 1,
    about: 'A manifest is over the 4 MiB limit.',
    next: 'Check what was pushed; no image needs a manifest this large.',
  },
  MEDIA_TYPE_CONFUSION: {
    exit: 1,
    about: 'The Content-Type, the mediaType field and the content of a manifest disagree about what it is.',
    next: 'Treat the image as hostile or broken (CVE-2021-41190); rebuild it.',
  },
})
