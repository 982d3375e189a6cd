// This file is about all that ExternalSecrets ever said of themselves while a test ran.
import type { KubeObject } from '../../src/kube/resource.ts'
import { HistoryWatch } from './history-watch.ts'
import type { Condition, Stage } from './stage.ts'

export const EXTERNAL_SECRETS = {
  group: 'external-secrets.io',
  version: 'v1',
  plural: 'externalsecrets',
  kind: 'ExternalSecret',
  namespaced: true,
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

export type ConditionWatch = HistoryWatch<Condition>

/** The condition Ready of every ExternalSecret. */
export const watchConditions = (stage: Stage): Promise<ConditionWatch> =>
  HistoryWatch.open<Condition>(stage, {
    type: EXTERNAL_SECRETS,
    keep: (raw: Conditioned) => raw.status?.conditions?.find(({ type }) => type === 'Ready'),
    same: (before, now) => before.status === now.status && before.message === now.message,
    limitMs: 20_000,
  })
