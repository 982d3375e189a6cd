// This file is about the ids that AWS gives its answers, for whoever has to tell AWS which one is meant.
import type { Aws } from './connection.ts'

export interface WithRequestIds {
  /** The same connections. */
  readonly aws: Aws
  /** Of the last answer since this was asked. */
  readonly takeLast: () => string | undefined
}

/** For one caller that asks one thing after the other. */
export function withRequestIds(aws: Aws): WithRequestIds {
  let last: string | undefined
  return {
    takeLast() {
      const taken = last
      last = undefined
      return taken
    },
    aws: {
      ...aws,
      async sender() {
        const sender = await aws.sender()
        return {
          metadata: sender.metadata,
          destroy: () => {},
          updateHttpClientConfig: () => {},
          httpHandlerConfigs: () => sender.httpHandlerConfigs(),
          async handle(request, options) {
            const answer = await sender.handle(request, options)
            last = answer.response.headers['x-amzn-requestid']
            return answer
          },
        }
      },
    },
  }
}
