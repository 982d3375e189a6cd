// This file is about what is told of a labelled Secret: events, as a Secret has no status.
import type { Answer, Failed, Receipt } from '../../model/answer.ts'
import { FAULTS } from '../../model/fault.ts'
import { refText } from '../../model/ref.ts'
import type { EventWords, Status } from '../dialect.ts'

export const status = (answers: readonly Answer[]): Status => ({ events: answers.flatMap(eventsOn) })

function eventsOn(answer: Answer): readonly EventWords[] {
  switch (answer.is) {
    case 'receipt':
      return answer.wrote === 'none' ? [] : [refreshed(answer)]
    case 'failed':
      return [failure(answer)]
    case 'yielded': {
      const message = `${refText(answer.to)} keeps the login in this Secret: remove the label, or that object`
      return [{ type: 'Warning', reason: 'Yielding', message }]
    }
    case 'target-missing':
    case 'emptied':
    case 'orphan-deleted':
      return []
  }
}

function refreshed({ logins }: Receipt): EventWords {
  const dies = Math.min(...logins.map(({ expiresAt }) => expiresAt))
  const message = `wrote a login that expires at ${new Date(dies).toISOString()}`
  return { type: 'Normal', reason: 'Refreshed', message }
}

function failure({ fault, serving }: Failed): EventWords {
  const reason = FAULTS[fault.code].reason
  if (serving === undefined) return { type: 'Warning', reason, message: fault.message }
  const until = new Date(serving.until).toISOString()
  const message = `serving a login that expires at ${until}; renewing fails: ${fault.message}`
  return { type: 'Warning', reason, message }
}
