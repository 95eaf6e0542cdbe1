/** Stops that people set and lift again by name. A waiver would hide who did. */
export const NEVER_WAIVED: readonly string[] = ['hold', 'quarantine']

/** Where an image comes from, who agreed, and what was frozen by hand. They are waived only where the environment says so. */
export const WAIVED_BY_NAME: readonly string[] = ['provenance', 'signature', 'approval', 'freeze']
