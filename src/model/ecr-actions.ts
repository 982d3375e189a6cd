// This file is about the IAM actions that logins, pulls and pushes need: one list for policies, session policies and probes.
import type { Permission } from './probe.ts'

/** What minting a login takes; all of them only with resource `*`. */
export const TOKEN_ACTIONS = {
  private: ['ecr:GetAuthorizationToken'],
  public: ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'],
} as const satisfies Record<'private' | 'public', readonly string[]>

/**
 * What the registry asks for when images are pulled: manifests, layers, whether a layer is there, the list of tags that
 * version ranges and updaters read, and the first pull of an image through a cache.
 */
const PRIVATE_PULL = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:ListImages',
] as const

const PRIVATE_PUSH = [
  'ecr:CompleteLayerUpload',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
] as const

const PUBLIC_PUSH = [
  'ecr-public:BatchCheckLayerAvailability',
  'ecr-public:CompleteLayerUpload',
  'ecr-public:InitiateLayerUpload',
  'ecr-public:PutImage',
  'ecr-public:UploadLayerPart',
] as const

/**
 * What a permission means on a repository. Who pushes has to pull too: clients look whether layers and manifests are there
 * already. Everybody may pull from ECR Public, so there is no action for it.
 */
export const REPOSITORY_ACTIONS = {
  private: { pull: PRIVATE_PULL, push: [...PRIVATE_PULL, ...PRIVATE_PUSH] },
  public: { pull: [], push: PUBLIC_PUSH },
} as const satisfies Record<'private' | 'public', Record<Permission, readonly string[]>>

/** What a test of the connection asks beside these; it works without, and says less. */
export const PROBE_ACTIONS = [
  'ecr:DescribeImageScanFindings',
  'ecr:DescribeImages',
  'ecr:DescribeRepositories',
] as const satisfies readonly string[]
