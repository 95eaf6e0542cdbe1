import { parse } from 'yaml'
import { fail, isObject, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { ImageTool } from './image-tool.ts'
import { SCAN_TIME } from './image-tool.ts'

/** A test file without the tests that need a container engine. */
export interface StructureTests {
  /** JSON, for a file that ends in `.yaml`: defaults (uid, gid, shouldExist) are filled in for YAML only. */
  readonly text: string
  /** How many tests were left out. */
  readonly notRun: number
}

/**
 * The driver that needs no Docker cannot run commands, and would call those tests failed. They are left out and
 * counted; nobody is told that they passed.
 * @throws STRUCTURE_INVALID
 */
export function runnableTests(text: string, where: string): StructureTests {
  const given = readTests(text, where)
  const { commandTests, ...rest } = given
  return { text: JSON.stringify(rest), notRun: Array.isArray(commandTests) ? commandTests.length : 0 }
}

function readTests(text: string, where: string): Readonly<Record<string, unknown>> {
  const refuse = (found: string, cause?: unknown) =>
    fail(toolsErrors.STRUCTURE_INVALID, { message: `${found}, expected a test file.`, where, cause })
  let given: unknown
  try {
    given = parse(text)
  } catch (cause) {
    throw refuse(`Found ${printableLine((cause as Error).message, 200)}`, cause)
  }
  if (isObject(given) && typeof given.schemaVersion === 'string') return given
  throw refuse('Found no schemaVersion')
}

/**
 * container-structure-test with its `tar` driver: https://github.com/GoogleContainerTools/container-structure-test.
 * Failed tests and a crash both end in 1; a crash leaves no report.
 * @param file absolute path of what `runnableTests` gave
 */
export function structureTest(file: string, { notRun }: StructureTests): ImageTool {
  return {
    program: {
      name: 'container-structure-test',
      executables: ['container-structure-test'],
      versionArguments: ['version'],
      readVersion: (printed) => /^v(?!0\.0\.0-)(\d\S*)/m.exec(printed)?.[1],
      refused: [],
      sees: [],
      env: {},
    },
    kinds: ['structure'],
    reads: 'archive',
    namesImage: false,
    call: ({ archive = '' }, report) => ({
      args: [
        'test',
        '--driver',
        'tar',
        '--image',
        archive,
        '--config',
        file,
        '--output',
        'json',
        '--test-report',
        report,
        '--no-color',
      ],
      accept: [0, 1],
      reports: [{ file: report, format: 'container-structure-test' }],
      timeout: SCAN_TIME,
      reads: [archive, file],
    }),
    hints: { notRun },
  }
}
