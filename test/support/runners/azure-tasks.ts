import { cpSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from './strict.ts'
import type { Fields } from './strict.ts'

export interface TaskJob {
  readonly artifacts: string
  /** What the pages of the run show. */
  readonly shown: string[]
}

/** Runs a task in place of the agent: those that the generated files use, whose inputs `stepKind` has looked at. @throws its failure */
export function runTask(task: string, given: Fields, job: TaskJob): void {
  const found = Object.entries(TASKS).find(([name]) => name === task)?.[1]
  if (!found) throw new Error(`no task ${task} here`)
  found(given, job)
}

const TASKS: Readonly<Record<string, (given: Fields, job: TaskJob) => void>> = {
  'Cache@2': () => {},
  'DownloadPipelineArtifact@2': (given, { artifacts }) => {
    const { artifactName, targetPath } = given
    const from = join(artifacts, textOf(artifactName))
    if (!existsSync(from)) throw new Error(`Artifact ${textOf(artifactName)} was not found`)
    mkdirSync(textOf(targetPath), { recursive: true })
    cpSync(from, textOf(targetPath), { recursive: true })
  },
  'PublishTestResults@2': (given, { shown }) => {
    const { testResultsFormat, searchFolder, testResultsFiles, failTaskOnMissingResultsFile: fails } = given
    if (testResultsFormat !== 'JUnit') throw new Error('another format')
    const files = globSync(textOf(testResultsFiles), { cwd: textOf(searchFolder) })
    // A report of another kind is left out with a warning.
    const tests = files.filter((file) =>
      /<testsuite/.test(readFileSync(join(textOf(searchFolder), file), 'utf8')),
    )
    if (tests.length === 0 && fails === 'true')
      throw new Error('No test result files matching the pattern were found')
    shown.push(...tests.map(() => 'tests'))
  },
  'PublishCodeCoverageResults@2': (given, { shown }) => {
    const { summaryFileLocation: file, failIfCoverageEmpty: fails } = given
    const isThere = existsSync(textOf(file)) && /<coverage/.test(readFileSync(textOf(file), 'utf8'))
    if (!isThere && fails === 'true') throw new Error('No code coverage results were found')
    if (isThere) shown.push('coverage')
  },
}
