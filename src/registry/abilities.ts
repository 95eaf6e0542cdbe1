/**
 * What was learned about a registry while talking to it. Saves requests; never decides what is correct: each ability
 * that turns out to be wrong only costs the request it should have saved.
 */
export interface Abilities {
  /** Takes a small blob in one POST with `?digest=`. */
  singlePost?: boolean
  /** Answers POST `?mount=<digest>&from=<the repository itself>`: 201 there already, 202 an upload session. */
  selfMount?: boolean
  /** Mounts blobs from another repository of the same registry. */
  mount?: boolean
  /** Goes on with an upload by PATCH after it broke. */
  resumeUpload?: boolean
  /** Takes no longer body than this (bytes): larger blobs go up in pieces. */
  chunkBytes?: number
  /** Answers the referrers API. */
  referrersApi?: boolean
  /** Points several tags at a manifest in one PUT (`?tag=a&tag=b`, answered with OCI-Tag). */
  multiTag?: boolean
}
