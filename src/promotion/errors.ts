import { declareErrors } from '../base/index.ts'

export const promotionErrors = declareErrors({
  IMAGE_REQUIRED: {
    exit: 2,
    about: 'The environment takes builds, so Waybill cannot know which image is meant.',
    next: 'Name it with --image: a reference, or a tag or digest in the build repository.',
  },
  UPSTREAM_EMPTY: {
    exit: 3,
    about: 'The environment to promote from holds nothing yet.',
    next: 'Promote an image into the upstream environment first.',
  },
  UPSTREAM_AMBIGUOUS: {
    exit: 2,
    about: 'The environment comes after several others and they hold different images.',
    next: 'Say which with --from.',
  },
  UPSTREAM_UNKNOWN: {
    exit: 2,
    about: 'The environment named with --from is not one the image may come from.',
    next: 'Name an environment of `after`, or leave --from out.',
  },
  VERSION_REQUIRED: {
    exit: 2,
    about: "The environment's tags need a version and none is known.",
    next: 'Give --version 1.2.3, or set the org.opencontainers.image.version annotation at build.',
  },
  VERSION_INVALID: {
    exit: 2,
    about: 'The version is not a semantic version.',
    next: 'Write it as MAJOR.MINOR.PATCH, for example 1.4.0.',
  },
  COMMIT_UNKNOWN: {
    exit: 3,
    about: "The environment's tags need the commit, and no signed provenance or annotation names one.",
    next: 'Build with `waybill build`, which signs provenance, or drop the commit from the tags.',
  },
  COMMIT_IMAGE_MISSING: {
    exit: 3,
    about: 'No image of the commit that was asked for is where the promotion takes images from.',
    next: 'Build that commit first, or promote it into the environment before; name another image with --image.',
  },
  COMMIT_IMAGE_AMBIGUOUS: {
    exit: 2,
    about: 'Several images are there that may be of the commit that was asked for.',
    next: 'Write more digits of the commit, or name the image with --image.',
  },
  COMMIT_MISMATCH: {
    exit: 3,
    about:
      'The image is of another commit than was asked for, by what is signed about it, or nothing signed says.',
    next: 'Check the commit and the tag: somebody may have moved it. `waybill verify` shows what is signed.',
  },
  RELEASE_CANDIDATE_MISSING: {
    exit: 3,
    about: 'There is no release candidate of this version in the upstream environment.',
    next: 'Promote a candidate with that version first; `waybill status` shows what is where. For a digest that went upstream under another version run `waybill promote … --to … --version …`.',
  },
  RELEASE_TARGET_UNCLEAR: {
    exit: 2,
    about: 'Not exactly one environment has a release tag such as "{version}".',
    next: 'Say which environment with --to.',
  },
  PROMOTION_CONFLICT: {
    exit: 1,
    about: 'Another promotion into the same environment finished first.',
    next: 'Look at `waybill status`; run again if this image should still go there.',
    retryable: true,
  },
  NOTHING_PROMOTED: {
    exit: 3,
    about: 'Nothing has been promoted into the environment.',
    next: 'Promote an image there first.',
  },
  NOT_IN_ENVIRONMENT: {
    exit: 3,
    about: 'The image is not what the environment holds now.',
    next: 'Promote it there first; a pass mark is about what is really there.',
  },
  NO_ROLLBACK_TARGET: {
    exit: 3,
    about: 'No earlier digest of the environment passed and is still complete in its registry.',
    next: 'See `waybill history`; name a digest with --to when you know one is good.',
  },
  STANDING_CONFLICT: {
    exit: 1,
    about: 'Others wrote the standing orders of the same environment at the same time, again and again.',
    next: 'Run the same command again.',
    retryable: true,
  },
  STANDING_FULL: {
    exit: 1,
    about: 'An environment has as many standing orders (holds, waivers for every digest) as are read.',
    next: 'Ended waivers leave the list after 30 days. Delete the tag standing.<environment> when all of it is done with.',
  },
  HOLD_STANDS: {
    exit: 3,
    about: 'The environment is held, so nobody can say that nothing is in the way.',
    next: 'End the hold with `waybill hold … --release`, or leave it.',
  },
  WAIVER_REFUSED: {
    exit: 3,
    about: 'A waiver would not count in this environment, so it is not signed.',
    next: 'See `exceptions.waive` of the environment in waybill.yaml, and the gates it has.',
  },
  WAIVER_UNKNOWN: {
    exit: 2,
    about: 'No waiver in force is the one to be ended.',
    next: 'See `waybill waive … --list`; name its payload digest, or the first digits of it.',
  },
  BREAK_GLASS_REFUSED: {
    exit: 3,
    about: 'A break-glass statement would not count in this environment, so it is not signed.',
    next: 'See `exceptions.breakGlass` of the environment in waybill.yaml. Without it nobody can force a digest in.',
  },
  TIME_INVALID: {
    exit: 2,
    about: 'Text that should be a point in time, or a length of time from now, is neither, or has passed.',
    next: 'Write 24h, 30d, 2026-12-24 or 2026-12-24T18:00:00Z.',
  },
  DURATION_INVALID: {
    exit: 2,
    about: 'Text that should be a length of time is not one.',
    next: 'Write it as 45s, 30m, 24h, 7d or a sum such as 1h30m.',
  },
  REPORT_SUBJECT: {
    exit: 3,
    about: 'A report says that it is about another image or platform than the one it was given for.',
    next: 'Scan the very digest that is to be promoted, and attest that report.',
  },
  REPORT_PLATFORM: {
    exit: 2,
    about: 'A report is about one platform of an image that has several, and does not say which.',
    next: 'Say which with --platform, for example --platform linux/arm64.',
  },
  PREDICATE_INVALID: {
    exit: 2,
    about: 'The file given as a predicate is not a JSON object, or its type is not known.',
    next: 'Give a JSON object, and a predicate type as a URI or a known short name.',
  },
  LEGACY_HIDDEN: {
    exit: 1,
    about:
      "Something signed in cosign's old form cannot be put into a bundle; beside one, cosign 3 no longer sees it.",
    next: 'Have its signer sign it again; Waybill itself still counts the old form.',
  },
})
