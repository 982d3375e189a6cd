// This file is about telling what came of testing a connection: each step, and what all of them say together.
import { FAULTS } from '../model/fault.ts'
import { isPassed, type Step, type Verdict } from '../model/probe.ts'
import type { StepTold } from './commands.ts'
import type { ConnectionTold, TimedStep } from './commands/integrations.ts'
import { policiesTold, purposesTold } from './held-policies.ts'

export const stepTold = ({
  name,
  on,
  result,
  optional,
  inferred,
  note,
  fault,
  remedy,
}: Omit<Step, 'tookMs'>): StepTold => ({
  name,
  ...(on === undefined ? {} : { on }),
  result,
  ...(optional === undefined ? {} : { optional }),
  ...(inferred === undefined ? {} : { inferred }),
  ...(note === undefined ? {} : { message: note }),
  ...(fault === undefined ? {} : { reason: FAULTS[fault.code].reason, message: fault.message }),
  ...(remedy === undefined ? {} : { remedy }),
})

export const connectionTold = (verdict: Verdict): ConnectionTold =>
  told(
    verdict.steps.map((step) => ({
      ...stepTold(step),
      tookMs: step.tookMs,
      ...(step.requestId === undefined ? {} : { requestId: step.requestId }),
    })),
    isPassed(verdict),
    verdict.caller?.arn,
  )

export const told = (
  steps: readonly TimedStep[],
  hasPassed: boolean,
  arn: string | undefined,
): ConnectionTold => ({
  isPassed: hasPassed,
  ...(arn === undefined ? {} : { arn }),
  steps,
  policies: policiesTold(steps),
  purposes: purposesTold(steps),
})
