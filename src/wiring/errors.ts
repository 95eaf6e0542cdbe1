import { declareErrors } from '../base/index.ts'

export const wiringErrors = declareErrors({
  KEY_UNCONFIGURED: {
    exit: 2,
    about: 'There is no signing key for this kind of fact.',
    next: 'Add it under `sign:` in waybill.yaml, or give one with --key. `waybill key generate` makes one.',
  },
  KEY_UNREADABLE: {
    exit: 2,
    about: 'A signing key is named, but its file or environment variable cannot be read.',
    next: 'Check the path or set the variable; private keys never belong in git.',
  },
  IDENTITY_TOKEN_MISSING: {
    exit: 2,
    about: 'A fact is to be signed keyless, and there is no identity token to do it with.',
    next: 'Give the job a token for audience sigstore: on GitHub `permissions: id-token: write`, on GitLab `id_tokens`; or name a variable or file.',
  },
  FILE_UNREADABLE: {
    exit: 2,
    about: 'A file named on the command line cannot be read.',
    next: 'Check the path.',
  },
  LAYOUT_NAME_REQUIRED: {
    exit: 2,
    about: 'An OCI layout holds several images and none was named.',
    next: 'Write layout:DIR@sha256:… or layout:DIR:tag.',
  },
  SCAN_INVALID: {
    exit: 2,
    about: 'The command that is to scan images does not say what to scan or where to write the report.',
    next: 'Write {reference} and {output} where the image and the report file go.',
  },
  SCAN_UNCONFIGURED: {
    exit: 2,
    about: 'Nothing says with what an image is to be looked at.',
    next: 'Name a tool with --with, --sbom or --structure, or set `scan`, `sbom` or `structure` in the build block.',
  },
  BUILD_UNCONFIGURED: {
    exit: 2,
    about: 'The application has no build block, or nowhere to push builds to.',
    next: 'Add `build:` to the application, and an environment with `accepts: build` or `build.repository`.',
  },
  REF_UNCLEAR: {
    exit: 2,
    about: 'A branch or tag was given, but it says neither which version nor which commit is meant.',
    next: 'Name one such as release/v1.2.0-sha-2b2e927 or v1.2.0, or state --version and --image.',
  },
  OUTPUTS_UNUSABLE: {
    exit: 2,
    about: 'The folder for the outputs of a build cannot be written.',
    next: 'Name a folder that this user may write, or make room on the disk. An image that was built stays built.',
  },
})
