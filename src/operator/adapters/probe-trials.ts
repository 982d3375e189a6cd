// This file is about what is tried on a repository for each permission, in which order, and what of it is only nice to have.
import type { PublicTrial } from '../../aws/ecr-public-trials.ts'
import type { Trial } from '../../aws/ecr-trials.ts'
import type { Probe } from '../../model/probe.ts'
import type { Tried } from './probe-log.ts'

/** What is not asked, as asking would write. */
export type Unasked = 'InitiateLayerUpload' | 'PutImage'

interface Weight {
  readonly optional?: true
}

/** One operation, and what its failure means. */
export interface TrialStep extends Weight {
  readonly trial: Trial
  /** What IAM calls it, where that is another operation's name. */
  readonly action?: string
  /** It is about the caller's own registry, and about no repository. */
  readonly ofRegistry?: true
}

/** One that the others speak for. */
export interface InferredStep extends Weight {
  readonly infers: Unasked
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

export const UPLOAD_TRIALS = ['UploadLayerPart', 'CompleteLayerUpload'] as const satisfies readonly Trial[]
const PUSH_TRIALS: readonly (TrialStep | InferredStep)[] = [
  ...UPLOAD_TRIALS.map((trial) => ({ trial })),
  { infers: 'InitiateLayerUpload' },
  { infers: 'PutImage' },
]

/** What the managed policies of ECR allow beside these. */
const OTHER_READS: readonly TrialStep[] = [
  { trial: 'GetRepositoryPolicy', optional: true },
  { trial: 'GetLifecyclePolicy', optional: true },
  { trial: 'GetLifecyclePolicyPreview', optional: true },
  { trial: 'ListTagsForResource', optional: true },
  { trial: 'DescribeRegistry', optional: true, ofRegistry: true },
  { trial: 'GetRegistryPolicy', optional: true, ofRegistry: true },
]

export const PUBLIC_PUSH_TRIALS: readonly PublicTrial[] = [
  'BatchCheckLayerAvailability',
  'UploadLayerPart',
  'CompleteLayerUpload',
]
export const UNASKED: readonly Unasked[] = ['InitiateLayerUpload', 'PutImage']

const optionally = <T extends Weight>(step: T): T => ({ ...step, optional: true })

/** Who pushes pulls too: clients look what is there. */
export function trialsFor({
  permissions,
  thorough,
}: Pick<Probe, 'permissions' | 'thorough'>): readonly (TrialStep | InferredStep)[] {
  const isPush = permissions.includes('push')
  if (permissions.length === 0) return []
  return [
    ...PULL_TRIALS,
    isPush ? LAYERS_KNOWN : optionally(LAYERS_KNOWN),
    ...(isPush ? PUSH_TRIALS : thorough === true ? PUSH_TRIALS.map(optionally) : []),
    ...(thorough === true ? OTHER_READS : []),
  ]
}

export const nameOf = (step: TrialStep | InferredStep, on: string): Tried => ({
  name: `ecr:${'trial' in step ? step.trial : step.infers}`,
  on,
  ...(step.optional === undefined ? {} : { optional: step.optional }),
})
