// This file is about exercising what is no order: the Git sync, the token endpoint, elections, definitions, leftovers.
import { SYNC_RECORD } from '../../../src/config-repo/sync-record.ts'
import { CONFIG_MAPS, LEASES, type ResourceType } from '../../../src/kube/resource.ts'
import { LEASE_NAME, replicaLease, shardLease } from '../../../src/model/lease-names.ts'
import { askEndpoint } from '../token-client.ts'
import { ACCOUNT, APPS, type Json, type Seen } from './bench.ts'
import type { Exercise, Trial } from './exercise.ts'
import { SEALED_SECRET } from './foreign-kinds.ts'
import { ES, INTEGRATION, integrationSpec } from './orders.ts'

const OWN = ACCOUNT.namespace

const on = ({ plural, group }: ResourceType): readonly string[] =>
  ['get', 'list', 'watch', 'create', 'patch', 'delete'].map((verb) => `${verb} ${plural}.${group}`)

/** Made, changed, put back and pruned as a repository says. */
function synced(
  name: string,
  type: ResourceType,
  specOf: (word: string) => Json,
  wordOf: (seen: Seen) => unknown,
): Exercise {
  const isIntegration = type.group === INTEGRATION.group
  return {
    name,
    takes: [
      ...on(type),
      ...(isIntegration ? [`patch ${type.plural}.${type.group}/status`] : []),
      `patch configmaps ${SYNC_RECORD}`,
      'get configmaps',
      'get secrets',
    ],
    run: async (at) => {
      const file = `resources/all-runtimes-all-clusters/${at.id}/object.yaml`
      const where = type.namespaced ? { namespace: OWN, name: at.id } : { name: at.id }
      const says = (word: string) => async (): Promise<boolean> => {
        const seen = await at.bench.get(type, where)
        return seen !== undefined && wordOf(seen) === word
      }
      const write = (word: string): Promise<string> =>
        at.bench.commit({ [file]: JSON.stringify(objectOf(type, at, specOf(word))) })
      await write('one')
      await at.until('it is made', says('one'))
      if (isIntegration) {
        await at.until(
          'it says which commit it came from',
          async () => (await at.bench.get(type, where))?.status?.['source'] !== undefined,
        )
      }
      const commit = await write('two')
      await at.until('it is changed', says('two'))
      await at.until('the record names the commit', async () => {
        const record = await at.bench.get(CONFIG_MAPS, { namespace: OWN, name: SYNC_RECORD })
        return JSON.stringify(record?.data ?? {}).includes(commit)
      })
      await at.bench.patch(type, where, { spec: specOf('by-hand') })
      await at.until('it is put back', says('two'))
      await at.bench.commit({ [file]: null })
      await at.until('it is pruned', async () => (await at.bench.get(type, where)) === undefined)
    },
  }
}

const objectOf = (type: ResourceType, at: Trial, spec: Json) => ({
  apiVersion: `${type.group}/${type.version}`,
  kind: type.kind,
  metadata: { name: at.id },
  spec,
})

const record: Exercise = {
  name: 'sync-record',
  takes: ['create configmaps', `patch configmaps ${SYNC_RECORD}`, 'get configmaps'],
  run: async (at) => {
    const where = { namespace: OWN, name: SYNC_RECORD }
    if ((await at.bench.get(CONFIG_MAPS, where)) !== undefined) await at.bench.delete(CONFIG_MAPS, where)
    const file = `resources/all-runtimes-all-clusters/${at.id}/object.yaml`
    await at.bench.commit({ [file]: JSON.stringify(objectOf(INTEGRATION, at, integrationSpec())) })
    await at.until('the record is there', () => at.bench.get(CONFIG_MAPS, where))
  },
}

const tokens: Exercise = {
  name: 'token-review',
  takes: ['create tokenreviews.authentication.k8s.io'],
  run: async (at) => {
    const { bench } = at
    await at.account(at.id)
    const { roleArn } = bench.stage.sandbox.aws.principals.roles.pusher
    const ciAccess = [
      { issuer: 'kubernetes', audience: 'everpull', subject: `system:serviceaccount:${APPS}:${at.id}` },
    ]
    await bench.create(INTEGRATION, {
      metadata: { name: at.id },
      spec: integrationSpec({
        auth: { iamRole: { roleArn } },
        registries: [{ host: '123456789012.dkr.ecr.us-east-2.amazonaws.com' }],
        ciAccess,
      }),
    })
    const token = await bench.stage.sandbox.controlPlane.tokenFor(
      { namespace: APPS, name: at.id },
      { seconds: 600, audiences: ['everpull'] },
    )
    await at.until('a token is taken', async () => {
      const line = bench.operator.log.find(({ message }) => message.includes('token endpoint: listening'))
      if (line === undefined) return false
      const { status } = await askEndpoint(String(line['url']), bench.ca, { integration: at.id, token })
      return status === 200
    })
  },
}

const leaseAt = (name: string) => ({ namespace: OWN, name })
const LEASE = leaseAt(LEASE_NAME)
const onLease = (verb: string, name: string): string => `${verb} leases.coordination.k8s.io ${name}`
const LIST_LEASES = 'list leases.coordination.k8s.io'
const STRANGER = 'somebody'

interface LeaseSeen extends Seen {
  readonly spec?: { readonly renewTime?: string; readonly holderIdentity?: string }
}

async function leaseSpec(at: Trial, name: string): Promise<NonNullable<LeaseSeen['spec']>> {
  const lease: LeaseSeen | undefined = await at.bench.get(LEASES, leaseAt(name))
  return lease?.spec ?? {}
}

async function isRenewed(at: Trial, name: string, each: () => Promise<void> = async () => {}): Promise<void> {
  const renewals = new Set<string>()
  await at.until(`${name} is renewed`, async () => {
    await each()
    const { holderIdentity = '', renewTime = '' } = await leaseSpec(at, name)
    if (holderIdentity !== '' && holderIdentity !== STRANGER) renewals.add(renewTime)
    return renewals.size > 2
  })
}

/** Taken over from nobody, and renewed. */
const leading: Exercise = {
  name: 'election',
  takes: [onLease('get', LEASE_NAME), onLease('update', LEASE_NAME)],
  run: (at) => isRenewed(at, LEASE_NAME),
}

const shardOf = (shard: number): Exercise => {
  const name = shardLease(LEASE_NAME, shard)
  return {
    name: `shard-${shard}`,
    takes: [onLease('get', name), onLease('update', name), LIST_LEASES],
    run: (at) => isRenewed(at, name),
  }
}

/** The only replica is in one of two places: in the other when a stranger has its own. */
const placeOf = (place: number): Exercise => {
  const name = replicaLease(LEASE_NAME, place)
  const other = replicaLease(LEASE_NAME, 1 - place)
  return {
    name: `place-${place}`,
    takes: [onLease('update', name), LIST_LEASES],
    run: (at) =>
      isRenewed(at, name, async () => {
        const { holderIdentity = '' } = await leaseSpec(at, other)
        if (['', STRANGER].includes(holderIdentity)) return
        await at.bench.patch(LEASES, leaseAt(other), { spec: { holderIdentity: STRANGER } })
      }),
  }
}

/** Anybody may delete a lease; whoever leads makes it anew. */
const firstLease: Exercise = {
  name: 'first-lease',
  takes: ['create leases.coordination.k8s.io'],
  run: async (at) => {
    await at.bench.delete(LEASES, LEASE).catch(() => {})
    await at.until('there is a lease', () => at.bench.get(LEASES, LEASE))
  },
}

const definitionOf = (name: string): Exercise => ({
  name: `definition-of-${name.split('.')[0]}`,
  takes: [`get customresourcedefinitions.apiextensions.k8s.io ${name}`],
  run: async (at) => {
    await at.until('it is read', () =>
      at.bench.asked
        .all()
        .some(
          (one) =>
            one.right === 'get customresourcedefinitions.apiextensions.k8s.io' &&
            one.name === name &&
            one.status === 200,
        ),
    )
  },
})

export const dutiesOf = (definitions: readonly string[]): readonly Exercise[] => [
  synced(
    'synced-integration',
    INTEGRATION,
    (word) => integrationSpec({ sharing: { namespaces: { names: [word] } } }),
    ({ ...seen }) =>
      (seen as { spec?: { sharing?: { namespaces?: { names?: string[] } } } }).spec?.sharing?.namespaces
        ?.names?.[0],
  ),
  synced(
    'synced-sealed-secret',
    SEALED_SECRET,
    (word) => ({ encryptedData: { key: word } }),
    (seen) => (seen as { spec?: { encryptedData?: { key?: string } } }).spec?.encryptedData?.key,
  ),
  synced(
    'synced-external-secret',
    ES,
    (word) => ({
      secretStoreRef: { name: 'vault' },
      data: [{ secretKey: 'aws_secret_access_key', remoteRef: { key: word } }],
    }),
    (seen) =>
      (seen as { spec?: { data?: { remoteRef?: { key?: string } }[] } }).spec?.data?.[0]?.remoteRef?.key,
  ),
  record,
  tokens,
  leading,
  ...[0, 1].flatMap((index) => [shardOf(index), placeOf(index)]),
  firstLease,
  ...definitions.map(definitionOf),
]
