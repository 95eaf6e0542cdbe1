import { declareErrors } from '../base/index.ts'

export const cliErrors = declareErrors({
  USAGE: {
    exit: 2,
    about: 'The command line could not be understood.',
    next: 'Run the command with --help to see its arguments and flags.',
  },
  SYSTEM_REFUSED: {
    exit: 1,
    about:
      'The operating system refused to read or write: the disk is full, the folder is read-only or not yours.',
    next: 'Make room, or choose a folder that this user may write to; then run the same command again.',
  },
  KEY_FILE_EXISTS: {
    exit: 2,
    about: 'A key file of that name is already there. A key is never overwritten.',
    next: 'Choose another --output-prefix, or move the old files away.',
  },
  PASSWORD_MISSING: {
    exit: 2,
    about: 'An encrypted private key needs a password and none was given.',
    next: 'Set WAYBILL_KEY_PASSWORD (or COSIGN_PASSWORD), or run in a terminal to be asked.',
  },
  PASSWORD_FILE_INVALID: {
    exit: 2,
    about: 'The file with the password could not be read, or is empty.',
    next: 'Check the path and its permissions.',
  },
})
