// This file is about what is tried on a repository for each permission, in which order, and what of it is only nice to have.
import type { PublicTrial } from '../../aws/ecr-public-trials.ts'
import type { Trial } from '../../aws/ecr-trials.ts'
import type { Permission } from '../../model/probe.ts'
import type { Tried } from './probe-log.ts'

/** One operation, and what its failure means. */
export interface TrialStep {
  readonly trial: Trial
  /** What IAM calls it, where that is another operation's name. */
  readonly action?: string
  readonly optional?: true
  /** Not in a repository that does not exist: a registry may be set up to make one. */
  readonly creates?: true
}

const PULL_TRIALS: readonly TrialStep[] = [
  { trial: 'BatchGetImage' },
  { trial: 'GetDownloadUrlForLayer' },
  { trial: 'DescribeImages', optional: true },
  { trial: 'ListImages', optional: true },
  { trial: 'ListImageReferrers', action: 'ecr:BatchGetImage', optional: true },
  { trial: 'DescribeImageScanFindings', optional: true },
]
/** Needed for pushing; for pulling it only saves clients a layer they have already. */
const LAYERS_KNOWN: TrialStep = { trial: 'BatchCheckLayerAvailability' }
const PUSH_TRIALS: readonly TrialStep[] = [
  { trial: 'InitiateLayerUpload', creates: true },
  { trial: 'UploadLayerPart' },
  { trial: 'CompleteLayerUpload' },
  { trial: 'PutImage', creates: true },
]

/** In a repository that does not exist: ECR Public makes none for an upload. */
export const PUBLIC_PUSH_TRIALS: readonly PublicTrial[] = [
  'BatchCheckLayerAvailability',
  'InitiateLayerUpload',
  'UploadLayerPart',
  'CompleteLayerUpload',
  'PutImage',
]

/** Who pushes pulls too: clients look what is there. */
export function trialsFor(permissions: readonly Permission[]): readonly TrialStep[] {
  if (permissions.includes('push')) return [...PULL_TRIALS, LAYERS_KNOWN, ...PUSH_TRIALS]
  return permissions.length === 0 ? [] : [...PULL_TRIALS, { ...LAYERS_KNOWN, optional: true }]
}

export const nameOf = ({ trial, optional }: TrialStep, on: string): Tried => ({
  name: `ecr:${trial}`,
  on,
  ...(optional === undefined ? {} : { optional }),
})
