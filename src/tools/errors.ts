import { declareErrors } from '../base/index.ts'

export const toolsErrors = declareErrors({
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
