// This file is about the rights that keeping the cluster in line with a Git repository takes, and nothing beyond them.
import { SYNC_RECORD } from '../config-repo/sync-record.ts'
import type { AccessOptions, Grant, Verb } from './access.ts'

/** Applying takes create and patch; what is of somebody else is met by get. */
const KEPT: readonly Verb[] = ['get', 'list', 'watch', 'create', 'patch', 'delete']

export function configRepoGrants({ configRepo, serviceAccount }: AccessOptions): readonly Grant[] {
  if (configRepo === undefined) return []
  const cluster = { role: 'config-repo' as const }
  const here = { ...cluster, namespace: serviceAccount.namespace }
  const kept = (group: string, plural: string): Omit<Grant, 'role'> => ({
    group,
    resources: [plural],
    verbs: KEPT,
    neededFor: `keep ${plural} in line with the Git repository; given with --config-repo only`,
  })
  return [
    { ...cluster, ...kept('everpull.dev', 'ecrintegrations') },
    {
      ...cluster,
      group: 'everpull.dev',
      resources: ['ecrintegrations/status'],
      verbs: ['patch'],
      neededFor: 'say which commit an integration came from',
    },
    { ...here, ...kept('bitnami.com', 'sealedsecrets') },
    { ...here, ...kept('external-secrets.io', 'externalsecrets') },
    {
      ...here,
      group: '',
      resources: ['configmaps'],
      verbs: ['create'],
      neededFor: 'begin the record of what it keeps in line: a name cannot narrow the right to create',
    },
    {
      ...here,
      group: '',
      resources: ['configmaps'],
      names: [SYNC_RECORD],
      verbs: ['get', 'patch'],
      neededFor: 'keep that record',
    },
    {
      ...here,
      group: '',
      resources: ['events'],
      verbs: ['create', 'patch'],
      neededFor: 'tell of what cannot be synced',
    },
    ...(configRepo.secret === undefined
      ? []
      : [
          {
            ...here,
            group: '',
            resources: ['secrets'],
            names: [configRepo.secret],
            verbs: ['get'] as const,
            neededFor: 'read the credentials of the Git repository',
          },
        ]),
  ]
}
