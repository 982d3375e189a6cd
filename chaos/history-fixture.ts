// This file is about histories for tests: an ordinary seed in which nothing went wrong, changed where the test cares.
import type { AuditedRequest } from '../sandbox/control-plane/audit-log.ts'
import type { Claim, History, MintCall, Outage, PullAttempt, SecretVersion } from './history.ts'

export const BEGAN = Date.parse('2026-01-01T00:00:00Z')
export const LIFE_MS = 10_000
export const ALICE = 'arn:aws:iam::123456789012:user/alice'
export const BOB = 'arn:aws:iam::123456789012:user/bob'
export const REGION = 'us-west-1'
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`

export const dockerConfig = (password: string, others: object = {}): string =>
  JSON.stringify({ auths: { ...others, [HOST]: { auth: btoa(`AWS:${password}`) } } })

export const aVersion = (change: Partial<SecretVersion> = {}): SecretVersion => ({
  is: 'there',
  namespace: 'c1-a',
  name: 'pull',
  uid: 'uid-of-pull',
  version: 10,
  at: BEGAN,
  afterGap: false,
  isOwned: true,
  labels: {},
  annotations: {},
  data: { '.dockerconfigjson': dockerConfig('of-alice') },
  ...change,
})

export const aPull = (change: Partial<PullAttempt> = {}): PullAttempt => ({
  client: 'crane',
  namespace: 'c1-a',
  name: 'pull',
  version: 10,
  at: BEGAN + 1000,
  until: BEGAN + 1500,
  mintedAt: BEGAN,
  expiresAt: BEGAN + LIFE_MS,
  failed: undefined,
  ...change,
})

export const anOutage = (change: Partial<Outage> = {}): Outage => ({
  fault: 'aws-throttled',
  takes: ['aws'],
  retried: 'backoff',
  replica: undefined,
  from: BEGAN + 5000,
  until: BEGAN + 9000,
  ...change,
})

export const aClaim = (change: Partial<Claim> = {}): Claim => ({
  namespace: 'c1-a',
  name: 'pull',
  uid: 'uid-of-pull',
  place: 'label',
  key: 'theirs',
  value: 'kept',
  from: 10,
  until: undefined,
  ...change,
})

export const aCall = (change: Partial<MintCall> = {}): MintCall => ({
  at: BEGAN,
  principal: ALICE,
  region: REGION,
  outcome: 'ok',
  ...change,
})

export const aRequest = (change: Partial<AuditedRequest> = {}): AuditedRequest => ({
  user: 'replica-0',
  agent: 'everpull/0 vm_0',
  verb: 'patch',
  path: '/api/v1/namespaces/c1-a/secrets/pull',
  resource: 'secrets',
  namespace: 'c1-a',
  name: 'pull',
  status: 200,
  at: BEGAN,
  until: BEGAN + 5,
  ...change,
})

/** Twenty seconds of one replica that serves one Secret of Alice's. */
export const aHistory = (change: Partial<History> = {}): History => ({
  seed: 1,
  sharing: 'alone',
  began: BEGAN,
  convergedAt: BEGAN + 2000,
  ended: BEGAN + 20_000,
  tokenLifeMs: LIFE_MS,
  targets: [{ namespace: 'c1-a', name: 'pull', principal: ALICE, region: REGION }],
  spreadSecret: 'team',
  secrets: [aVersion()],
  byHand: new Set(),
  claims: [],
  damages: [],
  removals: [],
  outages: [],
  probes: [],
  pulls: [aPull()],
  calls: [aCall()],
  audit: [aRequest()],
  minted: new Map([
    ['of-alice', { principal: ALICE, region: REGION }],
    ['of-bob', { principal: BOB, region: REGION }],
  ]),
  replicas: [
    {
      number: 0,
      user: 'replica-0',
      runs: [{ at: BEGAN, until: undefined }],
      output: '',
      residentBytes: [90 * 2 ** 20],
    },
  ],
  secretValues: [],
  unconverged: [],
  ...change,
})
