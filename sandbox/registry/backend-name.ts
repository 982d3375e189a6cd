// This file is about where each registry's repositories lie in the one registry behind them all.
import type { RegistryService } from './token-check.ts'

/** Accounts and regions have separate content; the public registry has no regions. */
export const backendName = (repository: {
  readonly service: RegistryService
  readonly account: string
  readonly region: string
  readonly name: string
}): string =>
  repository.service === 'ecr'
    ? `${repository.account}/${repository.region}/${repository.name}`
    : `${repository.account}/public/${repository.name}`
