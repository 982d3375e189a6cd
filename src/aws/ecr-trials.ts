// This file is about trying out what a caller may do with the repositories of private ECR, without any image and without leaving one.
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
}

/** What every image, layer and upload asked for has in common: there is none. */
const NO_TAG = 'everpull-probe'
export const NO_DIGEST = `sha256:${'0'.repeat(64)}`
export const NO_UPLOAD = '00000000-0000-4000-8000-000000000000'
/** An image that ECR would take, were its digest not declared to be another. */
export const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: NO_DIGEST, size: 2 },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: NO_DIGEST, size: 32 }],
})

interface Trying {
  readonly sdk: typeof Sdk
  readonly client: ECRClient
  readonly at: { readonly registryId: string; readonly repositoryName: string }
  readonly options: { readonly abortSignal: AbortSignal }
}

/** What nobody is told who may not ask: IAM is asked before the image or upload is looked for. */
const ADMITTED: ReadonlySet<string> = new Set([
  'ImageDigestDoesNotMatchException',
  'ImageNotFoundException',
  'LayerInaccessibleException',
  'LayersNotFoundException',
  'ReferencedImagesNotFoundException',
  'RepositoryNotFoundException',
  'ScanNotFoundException',
  'UnsupportedImageTypeException',
  'UploadNotFoundException',
])

/** Whether it says that the caller may. What a manifest lacks is found out by who looks into it, and that is not IAM. */
export const isAdmitted = (trial: string, error: unknown): boolean =>
  error instanceof Error &&
  (ADMITTED.has(error.name) || (trial === 'PutImage' && error.name === 'InvalidParameterException'))

/**
 * By operation. Only InitiateLayerUpload leaves something: an upload that is never completed, in no image and in no list,
 * which ECR drops by itself. PutImage declares a digest that its manifest cannot have, so that it is refused whole.
 */
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
  InitiateLayerUpload: ({ sdk, client, at, options }) =>
    client.send(new sdk.InitiateLayerUploadCommand(at), options),
  UploadLayerPart: ({ sdk, client, at, options }) =>
    client.send(
      new sdk.UploadLayerPartCommand({
        ...at,
        uploadId: NO_UPLOAD,
        partFirstByte: 0,
        partLastByte: 0,
        layerPartBlob: new Uint8Array(1),
      }),
      options,
    ),
  CompleteLayerUpload: ({ sdk, client, at, options }) =>
    client.send(
      new sdk.CompleteLayerUploadCommand({ ...at, uploadId: NO_UPLOAD, layerDigests: [NO_DIGEST] }),
      options,
    ),
  PutImage: ({ sdk, client, at, options }) =>
    client.send(new sdk.PutImageCommand({ ...at, imageManifest: MANIFEST, imageDigest: NO_DIGEST }), options),
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
      await TRIALS[trial]({ sdk, client, at, options: { abortSignal: call.signal } })
    } catch (error) {
      if (!isAdmitted(trial, error)) throw error
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
