import type { StatementReaders } from '../insight/index.ts'

/** How SBOMs and scans are read out of statements. */
export const statementReaders: StatementReaders = {
  sbomOf: () => undefined,
  scanOf: () => undefined,
}
