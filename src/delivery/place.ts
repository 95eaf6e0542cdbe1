import type { Digest, Repository } from '../oci/index.ts'
import type { YamlSource } from './yaml-document.ts'

/** A file of the repository as text. */
export type SourceFile = YamlSource

/** The image as an edit needs it. */
export interface Image {
  readonly repository: Repository
  readonly digest: Digest
  readonly tag?: string
}

/** Where a digest stands inside the files of a repository: one implementation per kind of deliver block. */
export interface Place {
  readonly kind: 'kustomize' | 'helm' | 'manifests'
  readonly repository: string
  readonly branch: string
  /** File or directory to read. */
  readonly path: string
  /** Which of a directory's files to read. @throws LOCATOR_NOT_FOUND, LOCATOR_AMBIGUOUS */
  readonly choose: (names: readonly string[]) => readonly string[]
  /** The digests that stand there, one per spot; undefined where the spot has none. @throws LOCATOR_NOT_FOUND, … */
  readonly read: (files: readonly SourceFile[]) => Promise<readonly (Digest | undefined)[]>
  /** The files with the image put in; unchanged files are the same objects. @throws LOCATOR_NOT_FOUND, … */
  readonly write: (files: readonly SourceFile[], image: Image) => Promise<readonly SourceFile[]>
}
