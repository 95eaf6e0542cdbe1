import { cdxgenSbom } from './image-tools/cdxgen-sbom.ts'
import { grypeImage } from './image-tools/grype-image.ts'
import { structureTest } from './image-tools/structure-test.ts'
import { syftSbom } from './image-tools/syft-sbom.ts'
import type { Program } from './programs/program.ts'
import { trivyProgram } from './programs/trivy.ts'
import { checkov } from './scanners/checkov.ts'
import { gitleaks } from './scanners/gitleaks.ts'
import { hadolint } from './scanners/hadolint.ts'

/** Every program that looks at sources or images, by the name it has in waybill.yaml. */
export const knownPrograms: ReadonlyMap<string, Program> = new Map(
  [
    gitleaks,
    checkov,
    hadolint,
    trivyProgram,
    grypeImage.program,
    syftSbom.program,
    cdxgenSbom.program,
    structureTest('', { text: '', notRun: 0 }).program,
  ].map((program) => [program.name, program]),
)
