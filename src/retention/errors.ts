import { declareErrors } from '../base/index.ts'

export const retentionErrors = declareErrors({
  CLEAN_UNCLEAR: {
    exit: 2,
    about: 'Nobody said which builds of pull requests are to go.',
    next: 'Name the pull request with --pull-request, or an age with --older-than, such as 14d.',
  },
  DELETE_UNSUPPORTED: {
    exit: 1,
    about: 'The registry does not delete what it was asked to.',
    next: 'Allow deleting in the registry (docker-registry: storage.delete.enabled: true), or leave it to a rule of the registry for the tags pr-*.',
  },
})
