import { join } from 'node:path'

export const SOURCES = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

/**
 * What the tests start as `waybill`. `npm test` packs the command line first and names it here: it starts in a third of
 * the time, and is what people get. A test that is run by itself takes the sources.
 */
export const MAIN = process.env.WAYBILL_TEST_MAIN ?? SOURCES
