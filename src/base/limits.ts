const KiB = 1024
const MiB = 1024 * KiB

/** Bounds on everything that comes from outside. Bytes unless the name says otherwise. */
export const limits = {
  /** OCI distribution asks registries to take 4 MiB; larger manifests are refused. */
  manifestBytes: 4 * MiB,
  /** A Sigstore bundle. Kyverno refuses layers above 10 MB; so do we. */
  bundleBytes: 10 * MiB,
  /** Everything signed about one digest together: it is held in memory at once. */
  evidenceBytes: 128 * MiB,
  /** Error bodies, token answers, tag lists. */
  answerBytes: 4 * MiB,
  configFileBytes: 1 * MiB,
  trainFileBytes: 16 * MiB,
  /** Images times destinations of a train. */
  trainOrders: 1_000_000,
  reportFileBytes: 64 * MiB,
  /** Findings of one report that are listed in a signed statement; the rest are counted. */
  findingsPerReport: 5_000,
  sbomComponents: 100_000,
  /** An SBOM as it is signed: in base64, and with its signature, it must fit well into `bundleBytes`. */
  sbomBytes: 6 * MiB,
  jsonDepth: 64,
  redirects: 5,
  referrersPerDigest: 500,
  pages: 1_000,
  childrenPerIndex: 1_000,
  closureManifests: 10_000,
  /** The manifests of one image together: those under way are held in memory. */
  closureBytes: 128 * MiB,
  tagsPerRepository: 1_000_000,
  recordChain: 10_000,
  /** Holds and waivers of one place. */
  standingOrders: 500,
  signaturesPerImage: 1_000,
} as const
