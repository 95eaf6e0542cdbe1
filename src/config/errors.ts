import { declareErrors } from '../base/index.ts'

export const configErrors = declareErrors({
  CONFIG_MISSING: {
    exit: 2,
    about: 'A configuration file does not exist or cannot be read.',
    next: 'Name the file with -c, or write one; docs/reference/waybill-yaml.md has an example. `verify` and `evidence` do without it, with --trust.',
  },
  CONFIG_INVALID: {
    exit: 2,
    about: 'A configuration file says something Waybill does not understand or cannot do.',
    next: 'Correct the lines named; docs/reference has a page for each file that describes every key.',
  },
  CONFIG_UNKNOWN_NAME: {
    exit: 2,
    about: 'An application or environment was named that the configuration does not have.',
    next: 'Use one of the names shown, or add it to waybill.yaml.',
  },
})
