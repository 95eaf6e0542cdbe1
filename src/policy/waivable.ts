/** Stops that people set and lift again by name. A waiver would hide who did. */
export const NEVER_WAIVED: readonly string[] = ['hold', 'quarantine']

/** Gates about where an image comes from and who agreed. They are waived only where the environment says so. */
export const WAIVED_BY_NAME: readonly string[] = ['provenance', 'signature', 'approval']
