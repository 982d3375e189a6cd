// This file is about who may fetch a login from outside by the name of an integration: the rules an integration carries.

/** One entry of `spec.ciAccess`. No rule means nobody. */
export interface CiRule {
  /** The `iss` of the token, exactly. */
  readonly issuer: string
  /** One of the token's `aud`, exactly. */
  readonly audience: string
  /** The whole `sub`; `*` stands for any run of characters that crosses neither `/` nor `:`. */
  readonly subject: string
  readonly access: 'pull' | 'push'
  /** A token may be shown more than once. */
  readonly reuse: boolean
}
