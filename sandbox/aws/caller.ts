// This file is about finding out who signed a request.
import type { Directory } from './iam/directory.ts'
import type { Principal } from './iam/principal.ts'
import type { User } from './ledger.ts'
import type { Claim, KnownKey } from './signature.ts'
import type { Sessions } from './sts/session.ts'

export interface KeyHolder {
  readonly key: KnownKey
  readonly principal: Principal
}

const principalOf = (user: User): Principal => ({
  is: 'user',
  arn: user.arn,
  account: user.account,
  userId: user.id,
  holder: user.arn,
})

/** Who holds the claimed key, not yet proven by a signature; undefined for keys and sessions nobody here issued. */
export function findKeyHolder(claim: Claim, directory: Directory, sessions: Sessions): KeyHolder | undefined {
  if (claim.sessionToken !== undefined) {
    const session = sessions.read(claim.sessionToken, claim.accessKeyId)
    return session === undefined
      ? undefined
      : {
          key: { secretAccessKey: session.secretAccessKey, expired: sessions.isExpired(session) },
          principal: session.principal,
        }
  }
  const found = directory.userOfKey(claim.accessKeyId)
  return found === undefined || !found.key.active
    ? undefined
    : { key: { secretAccessKey: found.key.secret, expired: false }, principal: principalOf(found.user) }
}
