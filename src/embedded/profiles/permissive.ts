import { profile } from './profile.ts'

export const permissive = profile({
  about: 'takes manifests whose blobs or children are missing (201)',
  knownFrom: '`crane registry serve`',
  make: () => ({ prepare: (options) => ({ ...options, sparse: true }) }),
})
