// This file is about asking an emulator in another process, over its admin API.
import type { TokenCheck, TokenVerdict } from './token-check.ts'

/** `awsUrl` as the emulator tells it; throws when it does not answer within ten seconds. */
export function remoteTokenCheck(awsUrl: string): TokenCheck {
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${awsUrl}/_sandbox${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    if (!answer.ok) throw new Error(`the AWS emulator answered ${answer.status}`)
    return answer.json()
  }
  return {
    authorize: async (question) => (await ask('/authorize', question)) as TokenVerdict,
    ownerOf: async (question) => ((await ask('/repository-owner', question)) as { account?: string }).account,
  }
}
