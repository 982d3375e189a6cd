// This file is about the question a registry asks of AWS: does this password open that repository now?

export type RegistryService = 'ecr' | 'ecr-public'

export interface TokenAsk {
  readonly service: RegistryService
  readonly password: string
  /** Account of the registry asked, 12 digits; the public registry's alias is resolved by the answerer. */
  readonly account: string
  readonly region: string
  /** Absent for `GET /v2/`. */
  readonly repository?: string
  /** IAM actions; every group must be met by at least one of its members. */
  readonly actions: readonly (readonly string[])[]
}

/** How a registry answers a token that another region minted; both are seen in the wild. */
export type ForeignAnswer = 'expired' | 'bad-request'

export type TokenVerdict =
  /** `account` is whose registry it is: an alias is resolved. */
  | { readonly is: 'allowed'; readonly principal: string; readonly account: string }
  | { readonly is: 'denied'; readonly principal: string; readonly because: string }
  | { readonly is: 'expired'; readonly principal: string }
  /** Minted for another region: ECR's own front cannot read such a token and calls it expired. */
  | { readonly is: 'foreign'; readonly principal: string; readonly answered: ForeignAnswer }
  | { readonly is: 'unknown' }
  | { readonly is: 'no-repository'; readonly principal: string }

/** Where a request with no password lands: only the public registry answers those. */
export interface RepositoryAsk {
  readonly service: RegistryService
  readonly account: string
  readonly region: string
  readonly repository: string
}

export interface TokenCheck {
  authorize(ask: TokenAsk): Promise<TokenVerdict>
  /** The account that owns the repository; undefined when there is no such repository. */
  ownerOf(ask: RepositoryAsk): Promise<string | undefined>
}
