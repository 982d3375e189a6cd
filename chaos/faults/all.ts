// This file is about which faults there are; the schedule chooses among them.
import type { FaultKind } from '../fault.ts'
import { awsThrottled } from './aws-throttled.ts'

/** Their order is part of what a seed means: new ones go to the end. */
export const FAULTS: readonly FaultKind[] = [awsThrottled]
