// This file is about the series of each target: when its login dies, when it was last right, how often it failed.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Instant } from '../base/clock.ts'
import type { Answer, Emptied, OrphanDeleted, Receipt } from '../model/answer.ts'
import { FAULTS } from '../model/fault.ts'
import { type Ref, refKey, type SecretRef } from '../model/ref.ts'

/** What a delivery came to. */
export interface TargetRecorder {
  /** `target` is unknown where translating failed before one was named. */
  answered(orderedBy: Ref, answers: readonly Answer[]): void
  /** The orderer is gone: its series go too. */
  forgotten(orderedBy: Ref): void
}

const TARGET_LABELS = ['namespace', 'secret', 'kind', 'name'] as const
type TargetLabels = Record<(typeof TARGET_LABELS)[number], string>

export function targetRecorder(registry: Registry): TargetRecorder {
  const registers = [registry]
  const expiry = new Gauge({
    name: 'everpull_target_login_expiry_timestamp_seconds',
    help: 'When the first login in the Secret dies.',
    labelNames: TARGET_LABELS,
    registers,
  })
  const success = new Gauge({
    name: 'everpull_target_last_success_timestamp_seconds',
    help: 'When the Secret was last found or made right.',
    labelNames: TARGET_LABELS,
    registers,
  })
  const failures = new Counter({
    name: 'everpull_target_failures_total',
    help: 'Passes that did not leave the Secret right, by reason.',
    labelNames: [...TARGET_LABELS, 'reason'],
    registers,
  })
  /** Per orderer and Secret: its labels and the reasons counted, which is what it takes to remove the series. */
  const known = new Map<string, Map<string, { labels: TargetLabels; reasons: Set<string> }>>()

  const seriesOf = (orderedBy: Ref, target: SecretRef | undefined) => {
    const mine = known.get(refKey(orderedBy)) ?? new Map()
    known.set(refKey(orderedBy), mine)
    const secret = target?.name ?? ''
    const namespace = target?.namespace ?? orderedBy.namespace
    const id = `${namespace}/${secret}`
    const labels = { namespace, secret, kind: orderedBy.kind, name: orderedBy.name }
    const series = mine.get(id) ?? { labels, reasons: new Set<string>() }
    mine.set(id, series)
    return { id, ...series }
  }

  function record(orderedBy: Ref, answer: Served): string {
    const { id, labels, reasons } = seriesOf(orderedBy, answer.target)
    if (answer.is === 'receipt') {
      success.set(labels, inSeconds(answer.at))
      const first = Math.min(...answer.logins.map((l) => l.expiresAt))
      if (Number.isFinite(first)) expiry.set(labels, inSeconds(first as Instant))
    } else {
      const reason = reasonOf(answer)
      reasons.add(reason)
      failures.inc({ ...labels, reason })
    }
    return id
  }

  function remove(orderedBy: Ref, keeps: (id: string) => boolean): void {
    const mine = known.get(refKey(orderedBy))
    for (const [id, { labels, reasons }] of mine ?? []) {
      if (keeps(id)) continue
      expiry.remove(labels)
      success.remove(labels)
      for (const reason of reasons) failures.remove({ ...labels, reason })
      mine?.delete(id)
    }
    if (mine?.size === 0) known.delete(refKey(orderedBy))
  }

  return {
    answered(orderedBy, answers) {
      const served = answers.filter((answer) => answer.is !== 'emptied' && answer.is !== 'orphan-deleted')
      const touched = new Set(served.map((answer) => record(orderedBy, answer)))
      // A pass that names its Secrets is the whole truth; one that failed earlier says nothing about the others.
      if (answers.every((a) => a.target !== undefined)) remove(orderedBy, (id) => touched.has(id))
    },
    forgotten: (orderedBy) => remove(orderedBy, () => false),
  }
}

/** A Secret that is gone, as ordered, has no figures. */
type Served = Exclude<Answer, Emptied | OrphanDeleted>

function reasonOf(answer: Exclude<Served, Receipt>): string {
  switch (answer.is) {
    case 'failed':
      return FAULTS[answer.fault.code].reason
    case 'yielded':
      return 'Yielding'
    case 'target-missing':
      return 'TargetMissing'
  }
}

const inSeconds = (at: Instant): number => at / 1000
