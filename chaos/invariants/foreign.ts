// This file is about the third invariant: nothing of somebody else's is lost or changed, no key, label, annotation, host or Secret.
import type { Broken, Claim, History, SecretVersion } from '../history.ts'
import { configIn } from '../logins-in.ts'

const NAME = 'foreign'

export function foreign(history: History): readonly Broken[] {
  return [...lost(history), ...gone(history), ...touched(history)]
}

/** Each claim in each version that it was to stay in. */
function lost({ claims, secrets }: History): readonly Broken[] {
  return claims.flatMap((claim) => {
    const missing = secrets.find(
      (version) =>
        version.is === 'there' && concerns(claim, version) && valueIn(claim, version) !== claim.value,
    )
    if (missing === undefined) return []
    const what = `${claim.namespace}/${claim.name} at version ${missing.version} lost the ${claim.place} ${claim.key} of version ${claim.from}`
    return [{ invariant: NAME, what }]
  })
}

const concerns = (claim: Claim, { uid, version }: SecretVersion): boolean =>
  uid === claim.uid && version >= claim.from && !(version >= (claim.until ?? Number.POSITIVE_INFINITY))

function valueIn({ place, key }: Claim, { data, labels, annotations }: SecretVersion): string | undefined {
  switch (place) {
    case 'data':
      return data[key]
    case 'label':
      return labels[key]
    case 'annotation':
      return annotations[key]
    case 'host':
      return configIn(data).auths?.[key]?.auth
  }
}

/** Secrets that somebody else has made or put something into go only with their namespace, or with the order that owns them. */
function gone({ claims, secrets, removals }: History): readonly Broken[] {
  return secrets.flatMap((version) => {
    if (version.is === 'there') return []
    const { namespace, name, uid, at, isOwned } = version
    const isClaimed = claims.some((claim) => claim.uid === uid && claim.until === undefined)
    const mayGo = removals.some(
      (removal) =>
        removal.from <= at && (removal.namespace === undefined ? isOwned : removal.namespace === namespace),
    )
    return isClaimed && !mayGo
      ? [{ invariant: NAME, what: `${namespace}/${name} was deleted, with what others had in it` }]
      : []
  })
}

/** Secrets that no order names have one version, their owner's. */
function touched({ secrets, targets, byHand }: History): readonly Broken[] {
  const named = new Set(targets.map(({ namespace, name }) => `${namespace}/${name}`))
  return secrets
    .filter(({ is, namespace, name }) => is === 'there' && !named.has(`${namespace}/${name}`))
    .filter(({ version }) => !byHand.has(version))
    .map(({ namespace, name, version }) => ({
      invariant: NAME,
      what: `${namespace}/${name} is nobody's order, and was written at version ${version}`,
    }))
}
