// This file is about what can be read of repositories and registries beside images: policies and tags, of which there are none.
import type { Call, Operations, Output } from '../call.ts'
import { requireAccess } from '../iam/access.ts'
import { AwsError, invalidParameter } from '../protocol/aws-error.ts'
import { requiredText } from '../protocol/input.ts'
import type { RepositoryKey } from './repository.ts'
import { type Asked, guard, type ImageParts, onRepository } from './repository-action.ts'

const wordsOf = ({ name, account }: RepositoryKey): string =>
  `for the repository with name '${name}' in the registry with id '${account}'`

const noLifecycle = ({ key }: Asked): never => {
  throw new AwsError(
    'LifecyclePolicyNotFoundException',
    400,
    `Lifecycle policy does not exist ${wordsOf(key)}`,
  )
}

const noPreview = ({ key }: Asked): never => {
  throw new AwsError(
    'LifecyclePolicyPreviewNotFoundException',
    400,
    `Lifecycle policy preview does not exist ${wordsOf(key)}`,
  )
}

const ARN = /^arn:[a-z-]+:ecr:([a-z0-9-]+):(\d{12}):repository\/(.+)$/

function listTags(parts: ImageParts, call: Call): Output {
  const [, region = '', account = '', name = ''] = ARN.exec(requiredText(call.input, 'resourceArn')) ?? []
  if (name === '')
    throw invalidParameter("Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
  const key: RepositoryKey = { service: 'ecr', account, region, name }
  guard(parts, call, key)
  parts.repositories.existing(key)
  return { tags: [] }
}

function describeRegistry({ directory }: ImageParts, call: Call): Output {
  const { account } = requireAccess(directory, call, 'ecr:DescribeRegistry')
  return { registryId: account, replicationConfiguration: { rules: [] } }
}

function registryPolicy({ directory }: ImageParts, call: Call): never {
  const { account } = requireAccess(directory, call, 'ecr:GetRegistryPolicy')
  throw new AwsError(
    'RegistryPolicyNotFoundException',
    400,
    `Registry policy does not exist in the registry with id '${account}'`,
  )
}

export const registryReads = (parts: ImageParts): Operations => ({
  GetLifecyclePolicy: onRepository(parts, noLifecycle),
  GetLifecyclePolicyPreview: onRepository(parts, noPreview),
  ListTagsForResource: (call) => listTags(parts, call),
  DescribeRegistry: (call) => describeRegistry(parts, call),
  GetRegistryPolicy: (call) => registryPolicy(parts, call),
})
