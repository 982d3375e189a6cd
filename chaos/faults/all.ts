// This file is about which faults there are; the schedule chooses among them.
import type { FaultKind } from '../fault.ts'
import { answersFlaky, answersSlow, watchesCut, watchesExpired } from './api-answers.ts'
import {
  apiServerCrashed,
  apiServerHung,
  apiServerRestarted,
  etcdCrashed,
  etcdHung,
  etcdRestarted,
  historyCompacted,
} from './api-server.ts'
import {
  awsAnswersLost,
  awsClockOff,
  awsFailing,
  awsHanging,
  awsKeysRevoked,
  awsResets,
  awsRightsTaken,
  awsThrottled,
} from './aws.ts'
import { anythingEdited, secretDeleted, secretEdited } from './hands.ts'
import { definitionsRemoved, namespaceDeleted } from './orders.ts'
import { replicaThrottled } from './overload.ts'
import {
  operatorKilled,
  operatorKilledInRenewal,
  operatorPaused,
  replicaCutOff,
  replicaHalfOpen,
} from './replicas.ts'

/** Their order is part of what a seed means: new ones go to the end. */
export const FAULTS: readonly FaultKind[] = [
  awsThrottled,
  awsFailing,
  awsHanging,
  awsResets,
  awsAnswersLost,
  awsClockOff,
  awsRightsTaken,
  awsKeysRevoked,
  apiServerRestarted,
  apiServerCrashed,
  apiServerHung,
  etcdRestarted,
  etcdCrashed,
  etcdHung,
  historyCompacted,
  answersSlow,
  answersFlaky,
  watchesCut,
  watchesExpired,
  replicaThrottled,
  operatorKilled,
  operatorKilledInRenewal,
  operatorPaused,
  replicaCutOff,
  replicaHalfOpen,
  definitionsRemoved,
  namespaceDeleted,
  secretEdited,
  secretDeleted,
  anythingEdited,
]
