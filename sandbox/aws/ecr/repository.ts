// This file is about repositories as ECR knows them: by account, region and name, each with a policy of its own.
import { partitionOf } from '../../partition.ts'
import type { RegistryService } from '../../registry/token-check.ts'
import type { Ledger, Repository } from '../ledger.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { type PolicyDocument, readPolicy } from '../iam/policy-document.ts'

export interface RepositoryKey {
  readonly service: RegistryService
  readonly account: string
  /** Public repositories all live in us-east-1. */
  readonly region: string
  readonly name: string
}

export interface Repositories {
  create(key: RepositoryKey, policy?: PolicyDocument): Repository
  setPolicy(key: RepositoryKey, policy: PolicyDocument | undefined): void
  find(key: RepositoryKey): Repository | undefined
  /** Throws RepositoryNotFoundException. */
  existing(key: RepositoryKey): Repository
  list(service: RegistryService, account: string, region: string): readonly Repository[]
  delete(key: RepositoryKey): void
}

export const repositoryArn = ({ service, account, region, name }: RepositoryKey): string =>
  service === 'ecr'
    ? `arn:${partitionOf(region).id}:ecr:${region}:${account}:repository/${name}`
    : `arn:aws:ecr-public::${account}:repository/${name}`

export const notFoundWords = (key: RepositoryKey): string =>
  `The repository with name '${key.name}' does not exist in the registry with id '${key.account}'`

export function createRepositories(ledger: Ledger): Repositories {
  const { repositories } = ledger.book
  const find = (key: RepositoryKey): Repository | undefined => repositories[repositoryArn(key)]
  const existing = (key: RepositoryKey): Repository => {
    const found = find(key)
    if (found === undefined) throw new AwsError('RepositoryNotFoundException', 400, notFoundWords(key))
    return found
  }
  return {
    create({ service, account, region, name }, policy) {
      const key = { service, account, region, name }
      const created: Repository = find(key) ?? { ...key, createdAt: Date.now() }
      if (policy !== undefined) created.policy = readPolicy(policy, 'resource')
      repositories[repositoryArn(key)] = created
      ledger.save()
      return created
    },
    setPolicy(key, policy) {
      const found = existing(key)
      if (policy === undefined) delete found.policy
      else found.policy = readPolicy(policy, 'resource')
      ledger.save()
    },
    find,
    existing,
    list: (service, account, region) =>
      Object.values(repositories).filter(
        (r) => r.service === service && r.account === account && r.region === region,
      ),
    delete(key) {
      delete repositories[repositoryArn(key)]
      ledger.save()
    },
  }
}
