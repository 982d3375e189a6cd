// This file is about the rights that keeping the cluster in line with a Git repository takes, and nothing beyond them.
import { SYNC_RECORD } from '../config-repo/sync-record.ts'
import type { AccessOptions, Grant, PlacelessGrant, Verb } from './access.ts'
import { EVENT_GRANT } from './secret-access.ts'

/** Applying takes create and patch; what is of somebody else is met by get. */
const KEPT: readonly Verb[] = ['get', 'list', 'watch', 'create', 'patch', 'delete']

const kept = (group: string, plural: string): PlacelessGrant => ({
  feature: 'git-sync',
  group,
  resources: [plural],
  verbs: KEPT,
})

export function configRepoGrants({ configRepo, serviceAccount }: AccessOptions): readonly Grant[] {
  if (configRepo === undefined) return []
  const record = { feature: 'git-sync-record' as const, group: '', resources: ['configmaps'] }
  const everywhere: readonly PlacelessGrant[] = [
    kept('everpull.dev', 'ecrintegrations'),
    {
      feature: 'git-sync-status',
      group: 'everpull.dev',
      resources: ['ecrintegrations/status'],
      verbs: ['patch'],
    },
  ]
  const here: readonly PlacelessGrant[] = [
    kept('bitnami.com', 'sealedsecrets'),
    kept('external-secrets.io', 'externalsecrets'),
    { ...record, verbs: ['create'] },
    { ...record, verbs: ['get', 'patch'], names: [SYNC_RECORD] },
    EVENT_GRANT,
    ...credentials(configRepo.secret),
  ]
  const role = 'config-repo'
  const { namespace } = serviceAccount
  return [
    ...everywhere.map((grant) => ({ role, ...grant }) as const),
    ...here.map((grant) => ({ role, namespace, ...grant }) as const),
  ]
}

const credentials = (secret: string | undefined): readonly PlacelessGrant[] =>
  secret === undefined
    ? []
    : [
        {
          feature: 'git-sync-credentials',
          group: '',
          resources: ['secrets'],
          names: [secret],
          verbs: ['get'],
        },
      ]
