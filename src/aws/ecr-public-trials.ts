// This file is about trying out what a caller may do with its own repositories of ECR Public; pulling from there everybody may.
import type { ECRPUBLICClient } from '@aws-sdk/client-ecr-public'
import type * as Sdk from '@aws-sdk/client-ecr-public'
import { clientOptions, describe } from './client-options.ts'
import type { Aws, SignedCall } from './connection.ts'
import { PUBLIC_REGION } from './endpoints.ts'
import { isAdmitted, NO_DIGEST, noUpload } from './ecr-trials.ts'
import { asking } from './error.ts'

interface Trying {
  readonly sdk: typeof Sdk
  readonly client: ECRPUBLICClient
  readonly at: { readonly repositoryName: string }
  readonly options: { readonly abortSignal: AbortSignal }
}

/** By operation; none of them writes. */
const TRIALS = {
  BatchCheckLayerAvailability: ({ sdk, client, at, options }) =>
    client.send(new sdk.BatchCheckLayerAvailabilityCommand({ ...at, layerDigests: [NO_DIGEST] }), options),
  UploadLayerPart: ({ sdk, client, at, options }) =>
    client.send(
      new sdk.UploadLayerPartCommand({
        ...at,
        uploadId: noUpload(),
        partFirstByte: 0,
        partLastByte: 0,
        layerPartBlob: new Uint8Array(1),
      }),
      options,
    ),
  CompleteLayerUpload: ({ sdk, client, at, options }) =>
    client.send(
      new sdk.CompleteLayerUploadCommand({ ...at, uploadId: noUpload(), layerDigests: [NO_DIGEST] }),
      options,
    ),
} as const satisfies Record<string, (trying: Trying) => Promise<unknown>>

/** An operation of ECR Public's API that can be tried. */
export type PublicTrial = keyof typeof TRIALS

/** On a repository that need not exist. Resolves where the caller may; throws `AwsError`. */
export function tryPublicOperation(
  aws: Aws,
  trial: PublicTrial,
  call: Omit<SignedCall, 'region'> & { readonly repository: string },
): Promise<void> {
  const place = { ...call, region: PUBLIC_REGION }
  const asked = describe(aws, 'ecr-public', `ecr-public:${trial}`, place)
  return asking(aws, asked, call.signal, async () => {
    const sdk = await import('@aws-sdk/client-ecr-public')
    const client = new sdk.ECRPUBLICClient(await clientOptions(aws, asked, call.credentials))
    const at = { repositoryName: call.repository }
    try {
      await TRIALS[trial]({ sdk, client, at, options: { abortSignal: call.signal } })
    } catch (error) {
      if (!isAdmitted(error)) throw error
    }
  })
}
