import { declareErrors } from '../base/index.ts'

export const registryErrors = declareErrors({
  REGISTRY_UNREACHABLE: {
    exit: 1,
    about: 'No connection to the registry, or the connection broke.',
    next: 'Check the host name, port, network and proxy; then run the same command again.',
    retryable: true,
  },
  REGISTRY_FAILED: {
    exit: 1,
    about:
      'The registry answered with an error of its own (429 or 5xx) and kept doing so after several tries.',
    next: 'Wait and run the same command again; it continues where it stopped.',
    retryable: true,
  },
  REGISTRY_DENIED: {
    exit: 1,
    about: 'The registry does not let these credentials do this (401 or 403).',
    next: 'Log in to that host (docker login, podman login) with an account that may do this, then run again.',
  },
  CREDENTIALS_FAILED: {
    exit: 2,
    about:
      'Credentials could not be read: a broken configuration file, a credential helper that failed, or a registry that asked for them in an unsafe way.',
    next: 'Repair the file or helper named, or log in again.',
  },
  REGISTRY_REFUSED: {
    exit: 1,
    about: 'The registry did not accept a request (a 4xx answer that is neither "missing" nor "denied").',
    next: 'Read what the registry said; its policy, quota or version may not allow this content.',
  },
  REGISTRY_ANSWER_INVALID: {
    exit: 1,
    about: 'The registry answered with something the distribution specification does not allow.',
    next: 'Check that the address is really a registry, and its version.',
  },
  REPOSITORY_MISSING: {
    exit: 1,
    about: 'The repository does not exist, is empty, or is hidden from these credentials.',
    next: 'Check the spelling of the host and path, and that you are logged in.',
  },
  MANIFEST_MISSING: {
    exit: 1,
    about: 'A tag or digest is not in the repository.',
    next: 'Check the tag or digest; the list of tags shows what is there.',
  },
  BLOB_MISSING: {
    exit: 1,
    about: 'A config or layer that a manifest names is not in the repository.',
    next: 'Push the image again from a good copy; this one is incomplete.',
  },
  TAG_CONFLICT: {
    exit: 1,
    about: 'A tag is not at the digest it was expected at: somebody else moved it, or it exists already.',
    next: 'Look at what moved it, then run again; nothing was overwritten on purpose.',
  },
  IMMUTABLE_TAG_CONFLICT: {
    exit: 3,
    about: 'A tag that must never move already names another digest.',
    next: 'An immutable tag is never overwritten. Use another version; for a build of the same commit, pin what changed (the base image by digest), or let every run have its own tag with `build.commitTag: unique`.',
  },
  COPY_INCOMPLETE: {
    exit: 1,
    about: 'After a copy the destination does not hold what was sent.',
    next: 'Run the same command again; if it stays, the destination registry loses content.',
  },
  SERVER_COPY_FAILED: {
    exit: 1,
    about:
      'A registry that can pull images by itself did not (`serverSideCopy`). A warning: Waybill copies instead.',
    next: 'Nothing is lost. Give the identity or account the right that the service names, or take `serverSideCopy` out.',
  },
  LAYOUT_INVALID: {
    exit: 2,
    about: 'A directory is not an OCI image layout, or its index.json is broken.',
    next: 'Name the directory that holds `oci-layout` and `index.json`.',
  },
})
