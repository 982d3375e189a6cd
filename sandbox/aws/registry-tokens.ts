// This file is about answering registries: which principal a password stands for, and what that one may do here.
import type { TokenAsk, TokenCheck, TokenVerdict } from '../registry/token-check.ts'
import type { Repositories, RepositoryKey } from './ecr/repository.ts'
import { repositoryArn } from './ecr/repository.ts'
import type { TokenClaims, Tokens } from './ecr/token.ts'
import { judge } from './iam/access.ts'
import type { Directory } from './iam/directory.ts'
import type { Ledger } from './ledger.ts'

export interface RegistryParts {
  readonly ledger: Ledger
  readonly directory: Directory
  readonly tokens: Tokens
  readonly repositories: Repositories
}

/** The public registry's accounts are known by alias or by id. */
const accountFor = (parts: RegistryParts, ask: { service: string; account: string }): string =>
  ask.service === 'ecr-public' ? (parts.ledger.book.aliases[ask.account] ?? ask.account) : ask.account

function judgeRepository(
  parts: RegistryParts,
  claims: TokenClaims,
  key: RepositoryKey,
  ask: TokenAsk,
): TokenVerdict {
  const { principal } = claims
  const found = parts.repositories.find(key)
  const target = { resource: repositoryArn(key), owner: key.account, policy: found?.policy }
  for (const group of ask.actions) {
    const verdicts = group.map((action) =>
      judge(parts.directory, principal, { action, region: key.region }, target),
    )
    const refused = verdicts[0]
    if (verdicts.every((v) => v.is === 'denied') && refused?.is === 'denied')
      return { is: 'denied', principal: principal.arn, because: refused.because }
  }
  if (found === undefined) return { is: 'no-repository', principal: principal.arn }
  return { is: 'allowed', principal: principal.arn, account: key.account }
}

function judgeToken(parts: RegistryParts, ask: TokenAsk): TokenVerdict {
  const claims = parts.tokens.read(ask.password)
  if (claims === undefined || claims.service !== ask.service) return { is: 'unknown' }
  const principal = claims.principal.arn
  if (ask.service === 'ecr' && claims.region !== ask.region)
    return { is: 'foreign', principal, answered: parts.ledger.book.settings.foreignToken }
  if (parts.tokens.isExpired(claims)) return { is: 'expired', principal }
  if (ask.repository === undefined) return { is: 'allowed', principal, account: ask.account }
  const account = accountFor(parts, ask)
  const key = { service: ask.service, account, region: ask.region, name: ask.repository }
  return judgeRepository(parts, claims, key, ask)
}

export const registryTokens = (parts: RegistryParts): TokenCheck => ({
  authorize: (ask) => Promise.resolve(judgeToken(parts, ask)),
  ownerOf: ({ service, account, region, repository }) => {
    const key = { service, account: accountFor(parts, { service, account }), region, name: repository }
    return Promise.resolve(parts.repositories.find(key)?.account)
  },
})
