// This file is about the actions on repositories themselves: listing, making, and their policies.
import { partitionOf } from '../../partition.ts'
import type { Call, Operations, Output } from '../call.ts'
import { readPolicy } from '../iam/policy-document.ts'
import type { Repository } from '../ledger.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { requiredText, textList } from '../protocol/input.ts'
import { pageOf, refusePaging } from './page.ts'
import { notFoundWords, repositoryArn } from './repository.ts'
import { guard, type ImageParts, keyOf, onRepository } from './repository-action.ts'

const uriOf = ({ service, account, region, name }: Repository): string =>
  service === 'ecr'
    ? `${account}.dkr.ecr.${region}.${partitionOf(region).suffix}/${name}`
    : `public.ecr.aws/${account}/${name}`

const describe = (repository: Repository): Output => ({
  repositoryArn: repositoryArn(repository),
  registryId: repository.account,
  repositoryName: repository.name,
  repositoryUri: uriOf(repository),
  createdAt: new Date(repository.createdAt),
})

/** Without names it takes the right on all repositories, as AWS asks. */
function describeRepositories(parts: ImageParts, call: Call): Output {
  const names = textList(call.input, 'repositoryNames')
  if (names.length === 0) {
    const key = keyOf(call, '*')
    guard(parts, call, key)
    const all = parts.repositories.list(key.service, key.account, key.region)
    const { items, next } = pageOf(call.input, all)
    return { repositories: items.map(describe), ...next }
  }
  refusePaging(call.input, 'repositoryNames')
  return {
    repositories: names.map((name) => {
      const key = keyOf(call, name)
      guard(parts, call, key)
      return describe(parts.repositories.existing(key))
    }),
  }
}

function createRepository(parts: ImageParts, call: Call): Output {
  const key = keyOf(call, requiredText(call.input, 'repositoryName'))
  guard(parts, call, key)
  if (parts.repositories.find(key) !== undefined)
    throw new AwsError(
      'RepositoryAlreadyExistsException',
      400,
      notFoundWords(key).replace('does not exist', 'already exists'),
    )
  return { repository: describe(parts.repositories.create(key)) }
}

export function repositoryActions(parts: ImageParts): Operations {
  return {
    CreateRepository: (call) => createRepository(parts, call),
    DescribeRepositories: (call) => describeRepositories(parts, call),
    SetRepositoryPolicy: onRepository(parts, ({ key, call }) => {
      const policyText = requiredText(call.input, 'policyText')
      parts.repositories.setPolicy(key, readPolicy(policyText, 'resource'))
      return { registryId: key.account, repositoryName: key.name, policyText }
    }),
    GetRepositoryPolicy: onRepository(parts, ({ repository }) => {
      if (repository.policy === undefined)
        throw new AwsError('RepositoryPolicyNotFoundException', 400, 'Repository policy does not exist')
      const { account: registryId, name: repositoryName, policy } = repository
      return { registryId, repositoryName, policyText: JSON.stringify(policy) }
    }),
  }
}
