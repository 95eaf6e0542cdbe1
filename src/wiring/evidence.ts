import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { loadTrust } from '../config/index.ts'
import { evidenceFiles, listEvidence, showEvidence } from '../insight/index.ts'
import type { EvidenceSubject } from '../insight/index.ts'
import { writeAtomically } from '../registry/index.ts'
import { connect, openImage } from './images.ts'
import type { EvidenceQuestions, WorkspaceOptions } from './workspace.ts'

/** The questions about one image's evidence. `cwd`: where a folder to write to starts. */
export function evidenceQuestions(subject: EvidenceSubject, cwd: string): EvidenceQuestions {
  return {
    list: () => listEvidence(subject),
    show: (begin) => showEvidence(subject, begin),
    export: async ({ to, format, type }) => {
      const { digest, files, left } = await evidenceFiles(subject, format, type)
      const directory = resolve(cwd, to)
      const written = []
      for (const { file, bytes, payloads } of files)
        written.push({ file, payloads, outcome: await write(join(directory, file), bytes) })
      const { reference } = subject
      return { kind: 'evidence-export', reference, digest, directory: to, format, files: written, left }
    },
  }
}

async function write(path: string, bytes: Buffer): Promise<'written' | 'already'> {
  const before = await readFile(path).catch(() => undefined)
  if (before?.equals(bytes)) return 'already'
  await writeAtomically(path, async (file) => {
    await file.writeFile(bytes)
  })
  return 'written'
}

/** The same with nothing but a copy of the image and a trust policy: no waybill.yaml, no network for a layout. */
export async function askCopy<T>(
  { reference, trustFile }: { readonly reference: string; readonly trustFile: string },
  options: Omit<WorkspaceOptions, 'configFile'>,
  ask: (questions: EvidenceQuestions) => Promise<T>,
): Promise<T> {
  const trust = await loadTrust(trustFile, trustFile)
  const client = connect(options, new Set())
  try {
    const { store, name } = await openImage(reference, undefined, client, options.cwd)
    const now = options.clock.now()
    return await ask(evidenceQuestions({ reference, store, name, trust, now }, options.cwd))
  } finally {
    await client.close()
  }
}
