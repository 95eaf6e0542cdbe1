/** From here on (bytes) a body is worth a connection of the wire's own pump. */
export const BULK_BYTES = 1024 * 1024
