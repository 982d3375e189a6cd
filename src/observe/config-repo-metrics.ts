// This file is about the series of the Git sync: how long ago it was well, with which commit, and what it left out.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Instant } from '../base/clock.ts'

export interface ConfigRepoRecorder {
  /** The repository was read, and the cluster is as it can be. */
  succeeded(at: Instant, commit: string, branch: string): void
  failed(reason: string): void
  /** Objects by what came of them; `held` and `spared` are wanted no more and stay. */
  counted(counts: Readonly<Record<Outcome, number>>): void
  /** Somebody else leads, and tells. */
  ended(): void
}

const OUTCOMES = ['synced', 'skipped', 'failed', 'foreign', 'held', 'spared'] as const
type Outcome = (typeof OUTCOMES)[number]

export function configRepoRecorder(registry: Registry): ConfigRepoRecorder {
  const registers = [registry]
  const success = new Gauge({
    name: 'everpull_config_repo_last_success_timestamp_seconds',
    help: 'When the cluster was last found or brought in line with the Git repository.',
    labelNames: ['branch'],
    registers,
  })
  const info = new Gauge({
    name: 'everpull_config_repo_info',
    help: 'Constant 1, labelled by the branch and the commit that the cluster is in line with.',
    labelNames: ['branch', 'commit'],
    registers,
  })
  const objects = new Gauge({
    name: 'everpull_config_repo_objects',
    help: 'Objects of the Git repository by outcome: synced, skipped, failed, foreign; and those that it holds no more and that stay: held, as too many would go at once, and spared, as a file cannot be read.',
    labelNames: ['outcome'],
    registers,
  })
  const failures = new Counter({
    name: 'everpull_config_repo_failures_total',
    help: 'Rounds in which the Git repository could not be read, or the cluster not be written, by reason.',
    labelNames: ['reason'],
    registers,
  })
  return {
    succeeded(at, commit, branch) {
      success.reset()
      success.set({ branch }, at / 1000)
      info.reset()
      info.set({ branch, commit }, 1)
    },
    failed: (reason) => failures.inc({ reason }),
    counted(counts) {
      for (const outcome of OUTCOMES) objects.set({ outcome }, counts[outcome])
    },
    ended() {
      success.reset()
      info.reset()
      objects.reset()
    },
  }
}
