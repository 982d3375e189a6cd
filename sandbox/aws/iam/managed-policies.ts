// This file is about the AWS managed policies that people attach for ECR.
import type { PolicyDocument } from './policy-document.ts'

const allow = (...actions: string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
})

const PULL = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']
const READ = [
  ...PULL,
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
]
const WRITE = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage']
const PUBLIC_READ = [
  'ecr-public:GetAuthorizationToken',
  'sts:GetServiceBearerToken',
  'ecr-public:BatchCheckLayerAvailability',
  'ecr-public:DescribeRepositories',
  'ecr-public:DescribeImages',
  'ecr-public:DescribeRegistries',
]
const PUBLIC_WRITE = WRITE.map((action) => action.replace('ecr:', 'ecr-public:'))

/** By the name that follows `arn:aws:iam::aws:policy/`. */
export const managedPolicies: ReadonlyMap<string, PolicyDocument> = new Map([
  ['AmazonEC2ContainerRegistryPullOnly', allow(...PULL, 'ecr:BatchImportUpstreamImage')],
  ['AmazonEC2ContainerRegistryReadOnly', allow(...READ)],
  ['AmazonEC2ContainerRegistryPowerUser', allow(...READ, ...WRITE)],
  ['AmazonEC2ContainerRegistryFullAccess', allow('ecr:*', 'cloudtrail:LookupEvents')],
  ['AmazonElasticContainerRegistryPublicReadOnly', allow(...PUBLIC_READ)],
  ['AmazonElasticContainerRegistryPublicPowerUser', allow(...PUBLIC_READ, ...PUBLIC_WRITE)],
  ['AmazonElasticContainerRegistryPublicFullAccess', allow('ecr-public:*', 'sts:GetServiceBearerToken')],
])
