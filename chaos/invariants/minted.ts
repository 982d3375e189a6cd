// This file is about the second invariant: no Secret ever holds a value that was not minted for its identity.
import type { Broken, History, SecretVersion, Target } from '../history.ts'
import { loginsIn } from '../logins-in.ts'

/** Judged in every version that the operators wrote; what somebody put there by hand is theirs until it is put right. */
export function minted(history: History): readonly Broken[] {
  const { secrets, byHand, targets } = history
  const theirs = passwordsByHand(history)
  return secrets.flatMap((version) => {
    const target = targets.find(
      ({ namespace, name }) => version.namespace === namespace && version.name === name,
    )
    if (target === undefined || version.is === 'gone' || byHand.has(version.version)) return []
    return judge(history, version, target, theirs)
  })
}

function judge(
  { minted: known }: History,
  { namespace, name, version, data }: SecretVersion,
  { principal, region }: Target,
  theirs: ReadonlySet<string>,
): readonly Broken[] {
  return loginsIn(data).flatMap((login) => {
    if (theirs.has(login.password)) return []
    const by = known.get(login.password) ?? 'unknown'
    const isRight =
      by !== 'unknown' && by.principal === principal && by.region === login.region && login.region === region
    if (isRight) return []
    const is = by === 'unknown' ? 'that nobody minted' : `of ${by.principal} in ${by.region}`
    return [
      {
        invariant: 'minted',
        what: `${namespace}/${name} at version ${version} holds a login ${is}, for ${login.region}; it is to be one of ${principal} in ${region}`,
      },
    ]
  })
}

const passwordsByHand = ({ secrets, byHand, minted: known }: History): ReadonlySet<string> =>
  new Set(
    secrets
      .filter(({ version }) => byHand.has(version))
      .flatMap(({ data }) => loginsIn(data).map(({ password }) => password))
      .filter((password) => (known.get(password) ?? 'unknown') === 'unknown'),
  )
