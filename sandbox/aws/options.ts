// This file is about what a caller chooses when starting the emulator.
import type { Clock } from '../../src/base/clock.ts'

/** A public key as a JSON Web Key; only RSA and EC P-256 keys are used. */
export type Jwk = Readonly<Record<string, unknown>> & { readonly kid?: string; readonly kty?: string }
export interface Jwks {
  readonly keys: readonly Jwk[]
}

/** An OpenID Connect provider as IAM knows it, with the way to its keys. */
export interface OidcProvider {
  /** The exact `iss` of its tokens, with scheme. */
  readonly issuer: string
  readonly audiences: readonly string[]
  /** `arn:aws:iam::<account>:oidc-provider/<issuer without scheme>` */
  readonly providerArn: string
  fetchJwks(): Promise<Jwks>
}

export interface AwsOptions {
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Moves token lives only; signatures, sessions and JWTs live in real time. */
  readonly clock?: Clock
  /** JSON; users, roles, keys, settings and the key that seals tokens and sessions survive a restart in it. */
  readonly stateFile?: string
  readonly oidcProviders?: readonly OidcProvider[]
  /** Default 43200, as AWS. */
  readonly tokenLifeSeconds?: number
  /** The registry that holds the images, so that image actions can answer with them; none: they answer empty. */
  readonly registryBackend?: string
}
