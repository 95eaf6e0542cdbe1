import type { CiSettings } from '../../config/index.ts'
import type { CiFile, Flow, Renderer } from '../flow.ts'
import { header } from '../header.ts'
import { branchPipeline, flowPipeline } from './pipeline.ts'
import { setUpText } from './set-up.ts'

export const jenkins: Renderer = {
  system: 'jenkins',
  files: (flows, settings) => {
    const file = (path: string, body: string): CiFile => ({
      path,
      text: header('//', 'jenkins', { flows, settings }, body),
    })
    const others = flows.filter(({ name }) => name !== 'pull-request' && name !== 'build')
    return [
      ...branches(flows, settings).map((body) => file('Jenkinsfile', body)),
      ...others.map((flow) => file(`jenkins/${flow.id}.Jenkinsfile`, flowPipeline(flow, settings))),
    ]
  },
  setUp: setUpText,
}

function branches(flows: readonly Flow[], settings: CiSettings): readonly string[] {
  const [pullRequest, build] = (['pull-request', 'build'] as const).map((wanted) =>
    flows.find(({ name }) => name === wanted),
  )
  return pullRequest && build ? [branchPipeline(pullRequest, build, settings)] : []
}
