import { declareErrors } from '../base/index.ts'

export const toolsErrors = declareErrors({
  REPORT_UNKNOWN: {
    exit: 2,
    about: 'A report is of no format that Waybill reads, or does not tell its format.',
    next: 'Give the format with --format, have the tool write one of the formats listed, or sign the JSON with --predicate.',
  },
  REPORT_INVALID: {
    exit: 1,
    about:
      'A report is not what its format demands: malformed, cut off, or with fields that contradict each other.',
    next: 'Look at the report and at the output of the tool that wrote it; run the tool again.',
  },
  REPORT_EMPTY: {
    exit: 1,
    about: 'A report is well-formed and says that nothing was looked at, so it proves nothing.',
    next: 'Check what the tool was pointed at; a run over nothing is not a pass.',
  },
  REPORT_FAILED: {
    exit: 1,
    about: 'A report says that the tool itself failed or stopped before its end.',
    next: 'Mend what the tool complains about and run it again; a crash is never a pass.',
  },
  REPORT_TOO_LARGE: {
    exit: 1,
    about:
      'A report is too large to travel inside a signed statement: registries and admission controllers refuse it.',
    next: 'Leave out files and evidence (syft: without file catalogers), or publish it elsewhere and attest its address and digest with --type reference.',
  },
  SONAR_INVALID: {
    exit: 2,
    about:
      'What was told about a SonarQube analysis cannot be used: the address, the token or report-task.txt.',
    next: 'Give --sonar the report-task.txt of the scanner, --sonar-url the https address of the server, and the token in SONAR_TOKEN.',
  },
  SONAR_DENIED: {
    exit: 1,
    about: 'SonarQube does not accept the token, or does not let it see the project.',
    next: 'Give a token of a user with the right to browse the project.',
  },
  SONAR_UNREACHABLE: {
    exit: 1,
    about: 'SonarQube did not answer, or answered something else than its API says.',
    next: 'Check the address given with --sonar-url and run again.',
    retryable: true,
  },
  SONAR_PENDING: {
    exit: 1,
    about: 'SonarQube has not finished the analysis in the time Waybill waits for it.',
    next: 'Run again when the background task of the project is done.',
    retryable: true,
  },
  TOOL_MISSING: {
    exit: 1,
    about: 'A tool that is required is not on this machine. What was not looked at has not passed.',
    next: 'Install it on the PATH, or name an image by digest under tools: in waybill.yaml; "waybill doctor" shows what is there.',
  },
  TOOL_REFUSED: {
    exit: 1,
    about: 'A tool was found in a version, or with bytes, that must not run.',
    next: 'Install a version that may run; if its digest was pinned, find out who changed it.',
  },
  TOOL_FAILED: {
    exit: 1,
    about: 'A tool ended without the report it should have written: it crashed, hung, or was stopped.',
    next: 'Look at its output, mend what it complains about, and run again. A crash is never a pass.',
  },
  SOURCE_SHALLOW: {
    exit: 1,
    about: 'A history is to be looked at, and the clone does not have it.',
    next: 'Clone in full: `git fetch --unshallow`; in CI fetch-depth: 0 (GitHub), fetchDepth: 0 (Azure), GIT_DEPTH: 0 (GitLab); or set history: none.',
  },
  TOOL_MISTAKEN: {
    exit: 1,
    about: 'A tool was given one image and its report is about another, or about none that it names.',
    next: 'Look at the tool and its version; a report about another image says nothing about this one.',
  },
  STRUCTURE_INVALID: {
    exit: 2,
    about: 'The test file for container-structure-test cannot be read or is none.',
    next: 'Check the path and that it is YAML or JSON with a schemaVersion.',
  },
  SOURCE_UNREADABLE: {
    exit: 1,
    about: 'Git could not say which commit a directory is at.',
    next: 'Run inside a git clone with at least one commit, or state --commit and --ref yourself.',
  },
  IDENTITY_INVALID: {
    exit: 3,
    about:
      'The OpenID Connect token of the CI job is not valid: another issuer, audience or key, expired, or no token at all.',
    next: 'Give the job a fresh token of its own, for the audience that `identity` in waybill.yaml names (default: waybill).',
  },
  IDENTITY_UNREACHABLE: {
    exit: 1,
    about:
      'The CI system gave no identity token when asked for one, or the keys of its issuer could not be read.',
    next: 'Check that the job may reach the host and run again; `identity: off` in waybill.yaml builds on claims alone.',
    retryable: true,
  },
  IDENTITY_MISSING: {
    exit: 3,
    about: 'waybill.yaml demands a verified identity of the CI job, and this build has none.',
    next: 'Build in a CI job that gets a token (docs/guide/build.md), or take `require` out of `identity`.',
  },
})
