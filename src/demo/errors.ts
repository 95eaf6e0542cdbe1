import { declareErrors } from '../base/index.ts'

export const demoErrors = declareErrors({
  DEMO_DIRECTORY_TAKEN: {
    exit: 2,
    about: 'The folder for the demo holds something else.',
    next: 'Name another folder with --directory, or remove this one.',
  },
  DEMO_UNEXPECTED: {
    exit: 1,
    about: 'A step of the demo ended in another way than the story needs.',
    next: 'Report it with the output; the folder keeps everything the demo did.',
  },
})
