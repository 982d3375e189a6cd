// This file is about trying out what a caller may do with the repositories of private ECR, without any image and without leaving one.
import { randomUUID } from 'node:crypto'
import type { ECRClient } from '@aws-sdk/client-ecr'
import type * as Sdk from '@aws-sdk/client-ecr'
import { clientOptions, describe } from './client-options.ts'
import type { Aws, SignedCall } from './connection.ts'
import { AwsError, asking } from './error.ts'

export interface RegistryCall extends SignedCall {
  /** The account whose registry it is; twelve digits. */
  readonly account: string
}

export interface TrialCall extends RegistryCall {
  readonly repository: string
  /** Its ARN, for what asks by that. */
  readonly repositoryArn: string
}

/** What every image, layer and upload asked for has in common: there is none. */
const NO_TAG = 'everpull-probe'
export const NO_DIGEST = `sha256:${'0'.repeat(64)}`
/** As ECR names them: nobody has begun one of this name. */
export const noUpload = (): string => randomUUID()

interface Trying {
  readonly sdk: typeof Sdk
  readonly client: ECRClient
  readonly at: { readonly registryId: string; readonly repositoryName: string }
  readonly resourceArn: string
  readonly options: { readonly abortSignal: AbortSignal }
}

/** What nobody is told who may not ask: IAM is asked before the image or upload is looked for. */
const ADMITTED: ReadonlySet<string> = new Set([
  'ImageNotFoundException',
  'LayerInaccessibleException',
  'LayersNotFoundException',
  'LifecyclePolicyNotFoundException',
  'LifecyclePolicyPreviewNotFoundException',
  'ReferencedImagesNotFoundException',
  'RegistryPolicyNotFoundException',
  'RepositoryNotFoundException',
  'RepositoryPolicyNotFoundException',
  'ScanNotFoundException',
  'UnsupportedImageTypeException',
  'UploadNotFoundException',
])

/** Whether it says that the caller may. */
export const isAdmitted = (error: unknown): boolean => error instanceof Error && ADMITTED.has(error.name)

/** By operation. None of them writes: beginning an upload does, and so may putting an image, so neither is among them. */
const TRIALS = {
  BatchGetImage: ({ sdk, client, at, options }) =>
    client.send(new sdk.BatchGetImageCommand({ ...at, imageIds: [{ imageTag: NO_TAG }] }), options),
  GetDownloadUrlForLayer: ({ sdk, client, at, options }) =>
    client.send(new sdk.GetDownloadUrlForLayerCommand({ ...at, layerDigest: NO_DIGEST }), options),
  DescribeImages: ({ sdk, client, at, options }) =>
    client.send(new sdk.DescribeImagesCommand({ ...at, imageIds: [{ imageTag: NO_TAG }] }), options),
  ListImages: ({ sdk, client, at, options }) =>
    client.send(new sdk.ListImagesCommand({ ...at, maxResults: 1 }), options),
  ListImageReferrers: ({ sdk, client, at, options }) =>
    client.send(new sdk.ListImageReferrersCommand({ ...at, subjectId: { imageDigest: NO_DIGEST } }), options),
  DescribeImageScanFindings: ({ sdk, client, at, options }) =>
    client.send(new sdk.DescribeImageScanFindingsCommand({ ...at, imageId: { imageTag: NO_TAG } }), options),
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
  GetRepositoryPolicy: ({ sdk, client, at, options }) =>
    client.send(new sdk.GetRepositoryPolicyCommand(at), options),
  GetLifecyclePolicy: ({ sdk, client, at, options }) =>
    client.send(new sdk.GetLifecyclePolicyCommand(at), options),
  GetLifecyclePolicyPreview: ({ sdk, client, at, options }) =>
    client.send(new sdk.GetLifecyclePolicyPreviewCommand({ ...at, maxResults: 1 }), options),
  ListTagsForResource: ({ sdk, client, resourceArn, options }) =>
    client.send(new sdk.ListTagsForResourceCommand({ resourceArn }), options),
  /** These two are about the caller's own registry, whatever repository is named. */
  DescribeRegistry: ({ sdk, client, options }) => client.send(new sdk.DescribeRegistryCommand({}), options),
  GetRegistryPolicy: ({ sdk, client, options }) => client.send(new sdk.GetRegistryPolicyCommand({}), options),
} as const satisfies Record<string, (trying: Trying) => Promise<unknown>>

/** An operation of ECR's API that can be tried. */
export type Trial = keyof typeof TRIALS

/** Resolves where the caller may; throws `AwsError`. */
export function tryOperation(aws: Aws, trial: Trial, call: TrialCall): Promise<void> {
  const asked = describe(aws, 'ecr', `ecr:${trial}`, call)
  return asking(aws, asked, call.signal, async () => {
    const sdk = await import('@aws-sdk/client-ecr')
    const client = new sdk.ECRClient(await clientOptions(aws, asked, call.credentials))
    const at = { registryId: call.account, repositoryName: call.repository }
    try {
      const resourceArn = call.repositoryArn
      await TRIALS[trial]({ sdk, client, at, resourceArn, options: { abortSignal: call.signal } })
    } catch (error) {
      if (!isAdmitted(error)) throw error
    }
  })
}

/** The names of the first few repositories; throws `AwsError`. */
export function someRepositories(aws: Aws, call: RegistryCall, most: number): Promise<readonly string[]> {
  const asked = describe(aws, 'ecr', 'ecr:DescribeRepositories', call)
  return asking(aws, asked, call.signal, async () => {
    const { DescribeRepositoriesCommand, ECRClient } = await import('@aws-sdk/client-ecr')
    const client = new ECRClient(await clientOptions(aws, asked, call.credentials))
    const command = new DescribeRepositoriesCommand({ registryId: call.account, maxResults: most })
    const { repositories } = await client.send(command, { abortSignal: call.signal })
    if (repositories === undefined) throw new AwsError({ asked, code: 'MalformedAnswer' })
    return repositories.flatMap(({ repositoryName }) => repositoryName ?? [])
  })
}
