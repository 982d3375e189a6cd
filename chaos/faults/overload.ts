// This file is about the API server turning one replica away by 429: its own priority level, which has no shares.
import { insist } from '../api-objects.ts'
import type { FaultKind, World } from '../fault.ts'

const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas'
const LEVEL = '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations'

/** Nothing of its own, nothing lent, nothing borrowed, and nobody queues. */
const level = (name: string): object => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: { name },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    },
  },
})

const flow = (name: string, namespace: string, account: string): object => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name },
    // The first place is kept for the API server's own.
    matchingPrecedence: 2,
    rules: [
      {
        subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace, name: account } }],
        resourceRules: [
          { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
        ],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      },
    ],
  },
})

export const replicaThrottled: FaultKind = {
  name: 'replica-throttled',
  weight: 1,
  length: [1000, 6000],
  takes: ['replica'],
  retried: 'backoff',
  aim: 'replica',
  // What an API server that is down cannot be told.
  touches: ['apiserver', 'fronts'],
  mends: 1000,
  async strike({ lane, target }) {
    const [namespace = '', account = ''] = target.user.split(':').slice(-2)
    const name = `nothing-for-${account}`
    const end = async (): Promise<void> => {
      await drop(lane, `${FLOW}/${name}`)
      await drop(lane, `${LEVEL}/${name}`)
    }
    try {
      await make(lane, LEVEL, level(name))
      await make(lane, FLOW, flow(name, namespace, account))
    } catch (error) {
      await end()
      throw error
    }
    return end
  },
}

async function make({ sandbox }: World['lane'], path: string, object: object): Promise<void> {
  const { status, body } = await insist(sandbox.controlPlane.admin, 'POST', path, object)
  if (status !== 201 && status !== 409) throw new Error(`POST ${path}: ${status} ${body}`)
}

async function drop({ sandbox }: World['lane'], path: string): Promise<void> {
  const { status, body } = await insist(sandbox.controlPlane.admin, 'DELETE', path)
  if (status !== 200 && status !== 404) throw new Error(`DELETE ${path}: ${status} ${body}`)
}
