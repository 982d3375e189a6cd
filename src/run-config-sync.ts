// This file is about putting the operator's Git sync together: git, the cluster and the repository's layout meet here.
import type { Clock } from './base/clock.ts'
import type { Log } from './base/log.ts'
import type { Random } from './base/random.ts'
import type { Config, ConfigRepo, Environment } from './config.ts'
import { isRead, readTree } from './config-repo/read-tree.ts'
import { ConfigSync } from './config-sync/config-sync.ts'
import { dialects } from './dialects/all.ts'
import { parseRemote } from './git/location.ts'
import { type GitLimits, openGit } from './git/open-git.ts'
import type { GitLocation } from './git/repository.ts'
import { startReflector } from './kube/reflector.ts'
import type { ConfigRepoRecorder } from './observe/config-repo-metrics.ts'
import { CommandFailure } from './operator/commands.ts'
import type { BeginDuty } from './operator/duty.ts'

export interface ConfigSyncRun {
  readonly config: Pick<Config, 'configRepo' | 'runtime'>
  readonly environment: Environment
  readonly ownNamespace: string
  readonly recorder: ConfigRepoRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/**
 * Whoever may write to the repository must not fill memory and disk of the one who renews logins: some 10 KiB for each object
 * that the record has room for, and nothing of what lies beside manifests.
 */
const LIMITS: GitLimits = { largestTree: 16 << 20, largestFetch: 256 << 20, wants: isRead }

/** What keeps AWS credentials of the operator's own by its name, whichever dialects are served. */
const RESERVED = dialects.flatMap(({ operatorSecrets = [] }) =>
  operatorSecrets === 'any' ? [] : operatorSecrets,
)

/** What a leader does for the repository; nothing where none is given. Throws `CommandFailure` on a wrong address. */
export function configSyncDuties(run: ConfigSyncRun): readonly BeginDuty[] {
  const { configRepo, runtime } = run.config
  if (configRepo === undefined) return []
  const location = locationOf(configRepo)
  const { url, path, branch = '' } = location
  const options = { source: { url, path, branch, runtime }, reservedSecrets: RESERVED, ...run, ...configRepo }
  return [
    ({ client, tellEvent }) =>
      new ConfigSync(options, {
        ...run,
        client,
        openRepository: ({ credentials, certificateAuthority }) =>
          openGit(
            {
              location,
              credentials,
              environment: run.environment,
              ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
            },
            LIMITS,
          ),
        readTree,
        startReflector,
        tellEvent,
      }),
  ]
}

function locationOf({ location }: ConfigRepo): GitLocation {
  const read = parseRemote(location)
  if (read.is === 'wrong') throw new CommandFailure(`--config-repo: ${read.because}`, true)
  return read
}
