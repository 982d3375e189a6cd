// This file is about what the steps of a test say together: which managed policies the caller has, and what it lacks for what.
import { MANAGED_POLICIES, PURPOSES } from '../model/managed-policies.ts'
import type { StepTold } from './commands.ts'
import type { ManagedPolicyTold, PurposeTold } from './commands/integrations.ts'

type Found = 'allowed' | 'denied' | 'inferred' | 'unknown'

/** "Has" is meant as far as asking without writing shows it: who allows all of a policy one by one has it too. */
export function policiesTold(steps: readonly StepTold[]): readonly ManagedPolicyTold[] {
  const found = findings(steps)
  return MANAGED_POLICIES.map(({ name, actions }) => {
    const missing = actions.filter((action) => found(action) === 'denied')
    const isSure = actions.every((action) => found(action) !== 'unknown')
    return { name, held: missing.length > 0 ? 'no' : isSure ? 'yes' : 'unknown', missing }
  })
}

export function purposesTold(steps: readonly StepTold[]): readonly PurposeTold[] {
  const found = findings(steps)
  return PURPOSES.map(({ purpose, actions }) => {
    const missing = actions.filter((action) => found(action) === 'denied')
    const unknown = actions.filter((action) => found(action) === 'unknown' || found(action) === 'inferred')
    const isSure = actions.every((action) => found(action) !== 'unknown')
    return { purpose, allowed: missing.length > 0 ? 'no' : isSure ? 'yes' : 'unknown', missing, unknown }
  })
}

/** One denial counts, whatever other registries allow: the connection is for all of them. */
function findings(steps: readonly StepTold[]): (action: string) => Found {
  const byAction = Map.groupBy(steps.filter(isOfPrivate), actionOf)
  return (action) => {
    const all = byAction.get(action) ?? []
    if (all.some(({ result }) => result === 'denied')) return 'denied'
    if (all.length === 0 || all.some(({ result }) => result !== 'passed')) return 'unknown'
    return all.some(({ inferred }) => inferred === true) ? 'inferred' : 'allowed'
  }
}

/** The policies of ECR Public are others. */
const isOfPrivate = ({ name, on }: StepTold): boolean => !(name === 'login' && on === 'ECR Public')

const actionOf = ({ name }: StepTold): string => (name === 'login' ? 'ecr:GetAuthorizationToken' : name)
