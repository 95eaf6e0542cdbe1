import { azure } from './azure/azure.ts'
import type { CiSystem, Renderer } from './flow.ts'
import { github } from './github/github.ts'
import { gitlab } from './gitlab/gitlab.ts'
import { jenkins } from './jenkins/jenkins.ts'

/** How each CI system has its pipelines written. */
export const renderers: Readonly<Record<CiSystem, Renderer>> = { azure, github, gitlab, jenkins }
