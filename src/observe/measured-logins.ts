// This file is about counting the AWS calls that mint logins, as a decorator around the port.
import type { Clock } from '../base/clock.ts'
import type { Logins } from '../engine/ports.ts'
import { FAULTS } from '../model/fault.ts'
import { identityText } from '../model/identity.ts'
import type { AwsRecorder } from './metrics.ts'

export function measuredLogins(logins: Logins, recorder: AwsRecorder, clock: Clock): Logins {
  return {
    identify: (identity, signal) => logins.identify(identity, signal),
    async mint(identity, scope, signal) {
      const began = clock.monotonic()
      const result = await logins.mint(identity, scope, signal)
      recorder.called({
        identity: identityText(identity),
        operation: 'GetAuthorizationToken',
        outcome: result.is === 'minted' ? 'ok' : FAULTS[result.code].reason,
        seconds: (clock.monotonic() - began) / 1000,
      })
      return result
    },
  }
}
