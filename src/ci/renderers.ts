import type { CiSystem, Renderer } from './flow.ts'
import { github } from './github/github.ts'
import { gitlab } from './gitlab/gitlab.ts'
import { jenkins } from './jenkins/jenkins.ts'

/** How each CI system has its pipelines written. */
export const renderers: Partial<Readonly<Record<CiSystem, Renderer>>> = { github, gitlab, jenkins }
