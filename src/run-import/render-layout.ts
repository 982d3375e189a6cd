// This file is about integrations of ours, wherever they are kept, as files of one layout or the other.
import { systemClock } from '../base/clock.ts'
import { certificateInFile, certificateOfController, sealingController } from '../cluster-certificate.ts'
import { type RenderAsked as CodefreshAsked, renderCodefresh } from '../config-repo/codefresh-render.ts'
import { isManifest, readObjects } from '../config-repo/documents.ts'
import { integrationsIn } from '../config-repo/judge.ts'
import { plan } from '../config-repo/plan.ts'
import { INTEGRATION_LABEL, secretNameOf } from '../config-repo/secret-manifests.ts'
import type { Placement, WrittenObject } from '../config-repo/tree.ts'
import { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import type { Caller } from '../look-around.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { LayoutFile, RenderAsked, RenderTold } from '../operator/commands/layouts.ts'
import { withCluster } from '../reach-cluster.ts'
import { readRepository } from '../run-integration/kept-repository.ts'
import { isIntegration } from '../run-integration/form-object.ts'
import { seal, type SealingCertificate } from '../seal/sealing.ts'
import { ownObjectsIn } from './cluster-objects.ts'

/** One integration, as it is written. */
interface Written {
  readonly object: WrittenObject
  readonly spec: EcrIntegrationSpec
  readonly placements: readonly Placement[]
  /** What may bring its secret about. */
  readonly secrets: readonly WrittenObject[]
}

export async function renderLayout(
  caller: Caller,
  asked: RenderAsked,
  signal: AbortSignal,
): Promise<RenderTold> {
  const { written, said, open } = await writtenIn(caller, asked, signal)
  const chosen = written.filter(
    ({ object }) => asked.name === undefined || object.metadata.name === asked.name,
  )
  if (chosen.length === 0) throw new CommandFailure(noneText(asked, written))
  const made =
    asked.layout === 'everpull' ? chosen.map(inOurs) : await inTheirs(caller, asked, chosen, signal)
  return {
    files: made.flatMap(({ files }) => files),
    said: [...said, ...made.flatMap((one) => one.said)],
    open: [...open, ...made.flatMap((one) => one.open)],
  }
}

function noneText({ name }: RenderAsked, written: readonly Written[]): string {
  const names = written.map(({ object }) => object.metadata.name).join(', ')
  const there = names === '' ? 'there are none' : `there are ${names}`
  return name === undefined
    ? 'there are no integrations to render'
    : `there is no integration ${name}: ${there}`
}

interface Read {
  readonly written: readonly Written[]
  readonly said: readonly string[]
  readonly open: readonly string[]
}

async function writtenIn(caller: Caller, { from }: RenderAsked, signal: AbortSignal): Promise<Read> {
  switch (from.is) {
    case 'cluster': {
      const { config, environment, version } = caller
      const { objects, said } = await withCluster(config.cluster, environment, version, ({ client }) =>
        ownObjectsIn(client, from.namespace, signal),
      )
      const read = writtenOf(objects, placementsOf)
      return { ...read, said: [...said, ...read.said] }
    }
    case 'files':
      return writtenOf(objectsIn(from.files), placementsOf)
    case 'repository': {
      const { git, tree } = await readRepository(caller, from.asked, signal)
      await git.close()
      const folders = tree.integrations.filter((folder) => integrationsIn(folder).length > 0)
      const at = ({ metadata: { name } }: WrittenObject): readonly Placement[] =>
        folders.filter((folder) => folder.name === name).map(({ placement }) => placement)
      return writtenOf(
        folders.flatMap(({ objects }) => objects.map(({ object }) => object)),
        at,
      )
    }
  }
}

const objectsIn = (files: readonly LayoutFile[]): readonly WrittenObject[] =>
  files.flatMap(({ path, text }) => {
    const read = readObjects(isManifest(path) ? path : `${path}.yaml`, text)
    if (read.is === 'unparsable') throw new CommandFailure(`${path} ${read.because}`)
    return read.objects.map(({ object }) => object)
  })

/** Where no folder says it, the object does. */
function placementsOf({ spec }: WrittenObject): readonly Placement[] {
  const read = EcrIntegrationSpec.safeParse(spec)
  const { policy, names = [] } = read.data?.runtimes ?? { policy: 'All' as const }
  return policy === 'All' ? [{ is: 'all' }] : names.map((runtime) => ({ is: 'runtime', runtime }))
}

/** An integration may lie in the folders of several runtimes; the first of them is read. */
function writtenOf(
  objects: readonly WrittenObject[],
  placements: (object: WrittenObject) => readonly Placement[],
): Read {
  const written = new Map<string, Written>()
  const open: string[] = []
  for (const object of objects.filter(isIntegration)) {
    const { name } = object.metadata
    if (written.has(name)) continue
    const read = EcrIntegrationSpec.safeParse(object['spec'])
    if (!read.success) {
      const what = read.error.issues.map(({ path, message }) => `spec.${path.join('.')}: ${message}`)
      open.push(`integration ${name} is none as it is written, and is left out: ${what.join('; ')}`)
      continue
    }
    const secrets = objects.filter((one) => isSecretOf(one, name, read.data))
    written.set(name, { object, spec: read.data, placements: placements(object), secrets })
  }
  return { written: [...written.values()], said: [], open }
}

function isSecretOf({ kind, metadata }: WrittenObject, name: string, { auth }: EcrIntegrationSpec): boolean {
  if (kind !== 'SealedSecret' && kind !== 'ExternalSecret') return false
  const names = [secretNameOf(name), auth.accessKey?.secretName]
  return metadata.labels?.[INTEGRATION_LABEL] === name || names.includes(metadata.name)
}

function inOurs({ object, placements, secrets }: Written): RenderTold {
  const { name } = object.metadata
  // The folder says whom it is for; beside it the field can only contradict.
  const { runtimes, ...spec } = object['spec'] as EcrIntegrationSpec
  const planned = plan([], {
    is: 'save',
    name,
    placements,
    integration: () => ({ ...bare(object), spec }),
    secret: secrets.map((secret) => ({ ...bare(secret), spec: secret['spec'] })),
  })
  const said =
    runtimes?.policy === 'Selected' ? [`integration ${name}: its folders say which runtimes it is for`] : []
  if (planned.is === 'refused') return { files: [], said, open: [planned.because] }
  return {
    files: planned.changes.flatMap((change) => (change.is === 'write' ? [change] : [])),
    said,
    open: [],
  }
}

/** Without what a cluster adds. */
const bare = ({ apiVersion, kind, metadata }: WrittenObject): WrittenObject => {
  const { name, namespace, labels } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...annotationsOf(metadata),
    },
  }
}

function annotationsOf({ annotations = {} }: WrittenObject['metadata']) {
  const kept = Object.entries(annotations).filter(([key]) => !key.startsWith('kubectl.kubernetes.io/'))
  return kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }
}

async function inTheirs(
  caller: Caller,
  asked: RenderAsked,
  written: readonly Written[],
  signal: AbortSignal,
): Promise<readonly RenderTold[]> {
  const keyed = written.filter(({ spec }) => spec.auth.accessKey !== undefined)
  const { secretAccessKey } = asked
  if (secretAccessKey !== undefined && keyed.length !== 1) {
    throw new CommandFailure(
      `a secret access key belongs to one integration, and ${keyed.length} of these have one: name it with --integration`,
      true,
    )
  }
  const certificate = secretAccessKey === undefined ? undefined : await certificateFor(caller, asked, signal)
  return written.map((one) => {
    const { name } = one.object.metadata
    const { files, lost, open } = renderCodefresh({
      name,
      spec: one.spec,
      placements: one.placements,
      ...secretOf(one, asked, certificate),
    })
    const said = lost.map((what) => `integration ${name}: their format does not carry ${what}`)
    return { files, said, open: open.map((what) => `integration ${name}: ${what}`) }
  })
}

function secretOf(
  { spec, secrets }: Written,
  { secretAccessKey }: RenderAsked,
  certificate: SealingCertificate | undefined,
): Pick<CodefreshAsked, 'secret'> {
  if (spec.auth.accessKey === undefined) return {}
  if (secretAccessKey !== undefined && certificate !== undefined) {
    const sealed = seal(secretAccessKey, { is: 'cluster-wide' }, certificate)
    return { secret: { is: 'sealed', secretAccessKey: sealed } }
  }
  const object = secrets.find(({ kind }) => kind === 'SealedSecret')
  return object === undefined ? {} : { secret: { is: 'existing', object } }
}

function certificateFor(
  { config, environment, version }: Caller,
  { certificateFile }: RenderAsked,
  signal: AbortSignal,
): Promise<SealingCertificate> {
  const now = new Date(systemClock.now())
  if (certificateFile !== undefined) return certificateInFile(certificateFile, now)
  return withCluster(config.cluster, environment, version, ({ client }) =>
    certificateOfController(client, sealingController(environment), now, signal),
  )
}
