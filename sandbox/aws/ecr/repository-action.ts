// This file is about what every action on a repository begins with: whose it is, and whether the caller may.
import type { Call, Operation, Output } from '../call.ts'
import { requireAccess } from '../iam/access.ts'
import type { Directory } from '../iam/directory.ts'
import type { Repository } from '../ledger.ts'
import { missingSignature } from '../protocol/aws-error.ts'
import { optionalText, requiredText } from '../protocol/input.ts'
import type { RegistryImages } from './registry-images.ts'
import { type Repositories, type RepositoryKey, repositoryArn } from './repository.ts'

export interface ImageParts {
  readonly directory: Directory
  readonly repositories: Repositories
  readonly images: RegistryImages
}

export interface Asked {
  readonly key: RepositoryKey
  readonly repository: Repository
  readonly call: Call
}

const callerAccount = (call: Call): string => {
  if (call.caller.is === 'nobody') throw missingSignature()
  return call.caller.principal.account
}

const regionOf = (call: Call): string => (call.service === 'ecr-public' ? 'us-east-1' : call.region)

export function keyOf(call: Call, name: string): RepositoryKey {
  const account = optionalText(call.input, 'registryId') ?? callerAccount(call)
  return {
    service: call.service === 'ecr-public' ? 'ecr-public' : 'ecr',
    account,
    region: regionOf(call),
    name,
  }
}

/** `action` without its service. */
export function guard(parts: ImageParts, call: Call, key: RepositoryKey, action = call.operation): void {
  const policy = parts.repositories.find(key)?.policy
  requireAccess(parts.directory, call, `${key.service}:${action}`, {
    resource: repositoryArn(key),
    owner: key.account,
    policy,
  })
}

/** An operation on one repository: allowed first, then existing, as ECR answers. */
export const onRepository =
  (parts: ImageParts, run: (asked: Asked) => Promise<Output> | Output, action?: string): Operation =>
  (call) => {
    const key = keyOf(call, requiredText(call.input, 'repositoryName'))
    guard(parts, call, key, action)
    return run({ key, repository: parts.repositories.existing(key), call })
  }
