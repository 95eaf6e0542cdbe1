import { declareErrors } from '../base/index.ts'

export const toolsErrors = declareErrors({
  REPORT_UNKNOWN: {
    exit: 2,
    about: 'A report is of no format that Waybill reads.',
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
  REPORT_SUBJECT: {
    exit: 3,
    about: 'A report says that it is about another image than the one it was given for.',
    next: 'Scan the very digest that is to be promoted, and attest that report.',
  },
  JUNIT_INVALID: {
    exit: 1,
    about: 'A test report is not JUnit XML that Waybill accepts: malformed, too deep, or with a DOCTYPE.',
    next: 'Look at the report; make the test runner write plain JUnit XML without a document type.',
  },
  JUNIT_EMPTY: {
    exit: 1,
    about: 'A test report is well-formed and holds no test at all, so nothing was tested.',
    next: 'Check the test command and its file patterns; a run without tests proves nothing.',
  },
  SOURCE_UNREADABLE: {
    exit: 1,
    about: 'Git could not say which commit a directory is at.',
    next: 'Run inside a git clone with at least one commit, or state --commit and --ref yourself.',
  },
})
