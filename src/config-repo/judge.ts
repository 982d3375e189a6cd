// This file is about the rules of a shared configuration repository: which integrations they forbid, and why.
import { readIntegration, type ReadIntegration } from '../dialects/everpull/integration-spec.ts'
import { ECR_INTEGRATION } from '../dialects/everpull/integration-kind.ts'
import { fault } from '../model/fault.ts'
import { bareResource } from '../model/resource.ts'
import { doMeet, isDnsLabel, isMeantFor } from './placement.ts'
import type { ConfigTree, IntegrationFolder, PlacedObject, RuntimeDeclaration } from './tree.ts'
import { unknownFields } from './unknown-fields.ts'
import { compareVersions, parseVersion } from './version.ts'

export interface Judgement {
  /** The integration's folder and name. */
  readonly folder: string
  readonly name: string
  /** `refused`: it must not be committed so. `warning`: somebody should know. */
  readonly is: 'refused' | 'warning'
  /** A sentence that names what it is about and says what to do; nothing secret. */
  readonly because: string
}

type Say = (is: Judgement['is'], because: string) => void

/** Folders without an integration of ours are somebody else's, and nothing is said of them. */
export function judge(tree: ConfigTree): readonly Judgement[] {
  const judgements: Judgement[] = []
  const folders = tree.integrations.filter((folder) => integrationsIn(folder).length > 0)
  for (const folder of folders) {
    const { name } = folder
    const say: Say = (is, because) => judgements.push({ folder: folder.folder, name, is, because })
    judgeFolder(folder, tree, say)
    for (const other of folders) {
      if (other === folder || other.name !== name || !doMeet(folder.placement, other.placement)) continue
      say(
        'refused',
        `integration ${name} lies in ${folder.folder} and in ${other.folder}, and both are for one runtime: delete one of them`,
      )
    }
  }
  return judgements
}

/** What of the group and kind stands in it. */
export const integrationsIn = ({ objects }: IntegrationFolder): readonly PlacedObject[] =>
  objects.filter(
    ({ object }) =>
      object.kind === ECR_INTEGRATION.kind && groupOf(object.apiVersion) === ECR_INTEGRATION.group,
  )

const groupOf = (apiVersion: string): string => apiVersion.split('/')[0] ?? ''

function judgeFolder(folder: IntegrationFolder, tree: ConfigTree, say: Say): void {
  const { name, placement } = folder
  const [placed, ...more] = integrationsIn(folder)
  if (placed === undefined) return
  if (!isDnsLabel(name)) {
    say(
      'refused',
      `${JSON.stringify(name)} is no name for an integration: lowercase letters, digits and dashes, 63 characters at most, a letter or digit at both ends`,
    )
  }
  if (more.length > 0)
    say('refused', `${folder.folder} holds ${more.length + 1} integrations: give each a folder of its own`)
  if (placed.object.metadata.name !== name) {
    say(
      'refused',
      `${placed.path} is about integration ${placed.object.metadata.name}, and lies in a folder named ${name}: make them the same`,
    )
  }
  const read = readPlaced(placed)
  if (read.is === 'fault') return say('refused', `${placed.path}: ${read.message}`)
  for (const field of unknownFields(placed.object.spec, read.spec)) {
    say('warning', `${placed.path}: spec.${field} is no field of an integration, and nobody reads it`)
  }
  judgeRuntimes(folder, placed.path, read, say)
  const meant = tree.runtimes.filter((runtime) => isMeantFor(folder, runtime.name))
  for (const runtime of meant) judgeAccess(name, read, runtime, say)
  if (placement.is === 'runtime' && meant.length === 0 && tree.runtimes.length > 0) {
    say(
      'warning',
      `no runtime ${placement.runtime} is declared: the repository knows ${tree.runtimes.map((one) => one.name).join(', ')}`,
    )
  }
}

function readPlaced({ object, path }: PlacedObject): ReturnType<typeof readIntegration> {
  const { group, kind, versions } = ECR_INTEGRATION
  const version = object.apiVersion.split('/')[1] ?? ''
  if (!versions.includes(version)) {
    const message = `apiVersion is refused: write ${group}/${versions[0]}`
    return fault('spec-invalid', message)
  }
  const ref = { group, kind, namespace: '', name: object.metadata.name }
  return readIntegration({ ...bareResource(ref, object.apiVersion), uid: path, spec: object.spec ?? {} })
}

/** The folder decides whom it is for; an object that says otherwise would be refused by the runtime that gets it. */
function judgeRuntimes(
  { placement, folder }: IntegrationFolder,
  path: string,
  { spec }: ReadIntegration,
  say: Say,
): void {
  const { policy, names = [] } = spec.runtimes ?? { policy: 'All' as const }
  if (policy === 'All') return
  if (placement.is !== 'runtime') {
    return say(
      'refused',
      `${path} is for ${names.join(', ')} by its spec.runtimes, and for all runtimes by its folder ${folder}: take spec.runtimes out, or move it to resources/runtimes/<runtime>/`,
    )
  }
  if (names.includes(placement.runtime)) return
  say(
    'refused',
    `${path} is for ${names.join(', ')} by its spec.runtimes, and for ${placement.runtime} by its folder: make them the same`,
  )
}

function judgeAccess(name: string, { spec }: ReadIntegration, runtime: RuntimeDeclaration, say: Say): void {
  const { auth } = spec
  if (runtime.hosted && auth.iamRole !== undefined) {
    return say(
      'refused',
      `integration ${name} assumes an IAM role, and runtime ${runtime.name} is hosted (${runtime.path}): it runs in an AWS account of whoever hosts it, so its own identity there is not one your role can trust; give an access key, or select other runtimes`,
    )
  }
  if (runtime.hosted && auth.ambient !== undefined) {
    say(
      'warning',
      `integration ${name} uses the identity of the operator itself, and runtime ${runtime.name} is hosted: there that is an identity of whoever hosts it`,
    )
  }
  if (auth.accessKey !== undefined) judgeVersion(name, runtime, say)
}

function judgeVersion(
  name: string,
  { name: runtime, version, accessKeySince, path }: RuntimeDeclaration,
  say: Say,
): void {
  const least = accessKeySince === undefined ? undefined : parseVersion(accessKeySince)
  if (least === undefined) return
  const has = version === undefined ? undefined : parseVersion(version)
  if (has === undefined) {
    return say(
      'warning',
      `integration ${name} has an access key, which runtime ${runtime} takes from version ${accessKeySince} on; ${path} does not say which version it is: write spec.version there`,
    )
  }
  if (compareVersions(has, least) >= 0) return
  say(
    'refused',
    `integration ${name} has an access key, which runtime ${runtime} takes from version ${accessKeySince} on, and it is ${version} (${path}): upgrade it, or use an IAM role`,
  )
}

/** The folders that this runtime should apply. */
export const forRuntime = (tree: ConfigTree, runtime: string): readonly IntegrationFolder[] =>
  tree.integrations.filter((folder) => isMeantFor(folder, runtime))
