import { declareErrors } from '../base/index.ts'

export const deliveryErrors = declareErrors({
  PATH_ESCAPES: {
    exit: 2,
    about:
      'A delivery path leaves the git repository: it is absolute, has `..`, or crosses a symlink or submodule.',
    next: 'Write the path of a real file or directory, relative to the root of the repository.',
  },
  PLACEHOLDER_UNKNOWN: {
    exit: 2,
    about: 'A deliver block uses a placeholder that Waybill does not know.',
    next: 'Use {application} or {environment}.',
  },
  LOCATOR_NOT_FOUND: {
    exit: 2,
    about: 'The file, kustomize entry, key or image that should receive the digest is not in the repository.',
    next: 'Add it to the file once by hand, or correct the deliver block of the environment.',
  },
  LOCATOR_AMBIGUOUS: {
    exit: 2,
    about: 'More than one place, or more than one digest, answers to what the deliver block names.',
    next: 'Make the deliver block name exactly one place, or bring the places to one digest.',
  },
  DUPLICATE_IMAGE_ENTRY: {
    exit: 2,
    about: 'Two kustomize image entries apply to the same image; the later one would undo the digest.',
    next: 'Keep one entry for the image in the kustomization.',
  },
  REGEX_IMAGE_NAME: {
    exit: 2,
    about:
      'A kustomize image name is a regular expression that also matches the image; kustomize does not escape names.',
    next: 'Write the plain image name in the kustomization.',
  },
  ALIAS_SHARED: {
    exit: 2,
    about:
      'The place to edit is shared through a YAML anchor, alias or merge key; an edit would change other places too.',
    next: 'Write the value out where it is used, without an anchor or alias.',
  },
  TEMPLATE_FILE: {
    exit: 2,
    about: 'The file or the value is a template, not plain YAML.',
    next: 'Point the deliver block at the values that fill the template.',
  },
  FILE_ENCRYPTED: {
    exit: 2,
    about: 'The file is encrypted with SOPS; any edit would break its checksum.',
    next: 'Keep the image digest in a file that is not encrypted.',
  },
  YAML_INVALID: {
    exit: 2,
    about: 'A file in the git repository is not the YAML that its readers expect.',
    next: 'Correct the file in the git repository and run again.',
  },
  DUPLICATE_KEY: {
    exit: 2,
    about: 'A map in a YAML file has the same key twice; readers disagree on which one counts.',
    next: 'Remove one of the two keys and run again.',
  },
  YAML_UNEDITABLE: {
    exit: 2,
    about: 'The value cannot be changed without changing something else in the file. Nothing was written.',
    next: 'Write the value on one line in ordinary block style and run again.',
  },
  TARGET_CHANGED: {
    exit: 3,
    about: 'The git repository holds a third digest: neither the one that should be there nor the new one.',
    next: 'Ask who changed it (git log), settle which digest is right, and run again.',
  },
  BRANCH_MISSING: {
    exit: 2,
    about: 'The branch does not exist in the git repository, or has no commit yet.',
    next: 'Create the branch with its first commit, or correct `branch` in the deliver block.',
  },
  GIT_UNREACHABLE: {
    exit: 1,
    about: 'The git repository could not be reached or is not there.',
    next: 'Check the address and the network, then run again.',
  },
  GIT_DENIED: {
    exit: 1,
    about: 'The git server refused the credentials, or had none to look at.',
    next: 'Give git a credential helper, an SSH key or GIT_ASKPASS with access to the repository.',
  },
  GIT_DIRTY: {
    exit: 1,
    about: 'The repository is a working copy that has the branch checked out, so git refuses the push.',
    next: 'Deliver to a bare repository or a server, or check out another branch there.',
  },
  GIT_DIVERGED: {
    exit: 1,
    about: 'The history of the branch was rewritten while Waybill delivered to it.',
    next: 'Ask who rewrote the branch; run again when it is settled.',
  },
  PUSH_RACE: {
    exit: 1,
    about: 'Other writers were faster at every try.',
    next: 'Run the same command again.',
    retryable: true,
  },
  PUSH_DENIED: {
    exit: 1,
    about: 'The git server refused the commit: a hook, a protected branch or a missing right.',
    next: 'Give the identity of Waybill the right to push to the branch.',
  },
  PUSH_OUTCOME_UNKNOWN: {
    exit: 1,
    about: 'The connection broke while pushing; the commit may or may not be on the branch.',
    next: 'Run the same command again; it finds its own commit if it landed.',
    retryable: true,
  },
})
