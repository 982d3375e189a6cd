// This file is about where a client's tokens come from: held by whoever asks, or issued for each request by GitHub.
import { Agent } from 'node:https'
import { z } from 'zod'
import { SecretText } from '../base/secret-text.ts'
import { type Got, jsonOf, sendWith } from './client-request.ts'

export interface TokenSource {
  /** Whether each token is another one. */
  readonly isRenewable: boolean
  /** Throws an Error with a message for a user. */
  token(signal: AbortSignal): Promise<SecretText>
}

export const heldToken = (token: SecretText): TokenSource => ({
  isRenewable: false,
  token: async () => token,
})

export interface GithubAsked {
  readonly url: URL
  readonly credential: SecretText
  readonly audience: string
}

const Issued = z.object({ value: z.string().min(1) })

/** The runner tells a job with `permissions: id-token: write` where to ask, and with what. */
export function githubTokens(
  { url, credential, audience }: GithubAsked,
  proxyEnv: Readonly<Record<string, string | undefined>>,
): TokenSource {
  return {
    isRenewable: true,
    async token(signal) {
      const asked = new URL(url)
      asked.searchParams.set('audience', audience)
      const agent = new Agent({ keepAlive: false, proxyEnv: { ...proxyEnv } })
      try {
        const got = await sendWith(credential, { method: 'GET', url: asked }, { agent, signal })
        return tokenIn(got)
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error)
        throw new Error(`GitHub issues no token: ${because}`, { cause: error })
      } finally {
        agent.destroy()
      }
    },
  }
}

function tokenIn({ status, text }: Got): SecretText {
  const read = Issued.safeParse(jsonOf(text))
  if (status === 200 && read.success) return new SecretText(read.data.value)
  throw new Error(`it answers ${status}: the job needs permissions: id-token: write`)
}
