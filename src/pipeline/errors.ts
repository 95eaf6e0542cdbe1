import { declareErrors } from '../base/index.ts'

export const pipelineErrors = declareErrors({
  SOURCE_UNKNOWN: {
    exit: 2,
    about: 'A build cannot say which commit of which repository it was made from.',
    next: 'Build inside a git clone with a remote, or state --commit and --ref, and `source` in waybill.yaml.',
  },
  SOURCE_MISMATCH: {
    exit: 2,
    about:
      'What was stated, by an option or by the CI system, is not what is checked out, or not what the token of the job says.',
    next: 'Check out the commit you mean, or state --commit, --ref and --event for what is checked out; a token must be the one of this very job.',
  },
  CONTEXT_UNUSABLE: {
    exit: 2,
    about:
      'The folder to build from is missing, empty, changed while it was read, or holds what no image can.',
    next: 'Correct the folder, or leave the file out with `exclude`, and build again.',
  },
  CONTEXT_ESCAPE: {
    exit: 2,
    about:
      'A symbolic link in the folder to build from points outside it, so it would be broken in the image.',
    next: 'Make the link relative and inside the folder, or leave it out with `exclude`.',
  },
  BASE_UNUSABLE: {
    exit: 1,
    about: 'The base image lacks a platform that is asked for, or is of a kind that cannot be built upon.',
    next: 'Choose a base image that has every platform in `platforms`, or ask for fewer platforms.',
  },
  BUILDER_FAILED: {
    exit: 1,
    about: 'A builder ended well but what it left behind is not what it promised.',
    next: 'Check the version of the builder; run the build again and compare.',
  },
  SOURCE_DIRTY: {
    exit: 2,
    about: 'Evidence about a commit is asked for, and what is here is not what that commit has.',
    next: 'Commit or stash the changes, and let git ignore what tools write; "git status" shows what it is.',
  },
  EVIDENCE_REFUSED: {
    exit: 3,
    about:
      'A signed statement about the source does not verify under the trust policy, or is about another commit.',
    next: 'Run "waybill check" and "waybill test" with --evidence on the commit that is built, with the keys that trust.yaml names.',
  },
  CHECKS_UNCONFIGURED: {
    exit: 2,
    about: 'There is no such check or test suite in waybill.yaml, so nothing would be looked at.',
    next: 'Add `checks:` or `tests:` to waybill.yaml, or name one that is there.',
  },
  BUILD_INVALID: {
    exit: 2,
    about: 'The build is described in a way that cannot work.',
    next: 'Correct the `build` block of the application in waybill.yaml, or the option named.',
  },
})
