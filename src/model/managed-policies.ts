// This file is about the policies that AWS keeps for ECR, and what it takes to read, to report on and to push images.
import { REPOSITORY_ACTIONS, TOKEN_ACTIONS } from './ecr-actions.ts'

export interface ManagedPolicy {
  /** Follows `arn:aws:iam::aws:policy/`. */
  readonly name: string
  /** What it allows, as far as it can be asked for; in the order of the reference. */
  readonly actions: readonly string[]
}

const READ = [
  ...TOKEN_ACTIONS.private,
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
] as const

const WRITE = [
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
] as const

/** Reading the registry itself, which of these three policies only the last one allows: it is `ecr:*`. */
const REGISTRY = ['ecr:DescribeRegistry', 'ecr:GetRegistryPolicy'] as const

/** As AWS's reference of managed policies lists their third versions. */
export const MANAGED_POLICIES: readonly ManagedPolicy[] = [
  { name: 'AmazonEC2ContainerRegistryReadOnly', actions: READ },
  { name: 'AmazonEC2ContainerRegistryPowerUser', actions: [...READ, ...WRITE] },
  { name: 'AmazonEC2ContainerRegistryFullAccess', actions: [...READ, ...WRITE, ...REGISTRY] },
]

export interface Purpose {
  readonly purpose: 'reading' | 'reporting' | 'pushing'
  readonly actions: readonly string[]
}

const PULL = [...TOKEN_ACTIONS.private, 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] as const

export const PURPOSES: readonly Purpose[] = [
  { purpose: 'reading', actions: PULL },
  {
    purpose: 'reporting',
    actions: [
      ...PULL,
      'ecr:DescribeRepositories',
      'ecr:ListImages',
      'ecr:DescribeImages',
      'ecr:DescribeImageScanFindings',
    ],
  },
  {
    purpose: 'pushing',
    actions: [
      ...PULL,
      'ecr:BatchCheckLayerAvailability',
      ...REPOSITORY_ACTIONS.private.push.filter((action) => (WRITE as readonly string[]).includes(action)),
    ],
  },
]
