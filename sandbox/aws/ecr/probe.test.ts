// This file is about tests of the actions a probe asks: each answered without any image, and each refusable alone.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand,
  GetRegistryPolicyCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr'
import { DescribeRepositoriesCommand as DescribePublicCommand } from '@aws-sdk/client-ecr-public'
import { testRegistry } from '../../registry/registry-fixture.ts'
import { type TestAws, testAws } from '../aws-fixture.ts'

const repositoryName = 'apps/demo'
const layerDigest = `sha256:${'0'.repeat(64)}`
const imageId = { imageTag: 'everpull-probe' }
const uploadId = '7f0b6f0c-8f1e-4a52-9a53-0d6c6f3f9b51'
const IN_DEMO = "for the repository with name 'apps/demo' in the registry with id '123456789012'"
const noUpload = {
  name: 'UploadNotFoundException',
  message: `The upload with id '${uploadId}' could not be found in the repository with name 'apps/demo'`,
}
const REPOSITORY = 'arn:aws:ecr:us-west-1:123456789012:repository/apps/demo'

interface Probe {
  readonly operation: string
  /** The IAM action behind the operation. */
  readonly action: string
  readonly resource?: string
  readonly ask: (client: ECRClient) => Promise<unknown>
}

const probes: readonly Probe[] = [
  {
    operation: 'GetAuthorizationToken',
    action: 'ecr:GetAuthorizationToken',
    resource: '*',
    ask: (client) => client.send(new GetAuthorizationTokenCommand({})),
  },
  {
    operation: 'DescribeRepositories',
    action: 'ecr:DescribeRepositories',
    resource: REPOSITORY.replace('apps/demo', '*'),
    ask: (client) => client.send(new DescribeRepositoriesCommand({ maxResults: 1 })),
  },
  {
    operation: 'BatchGetImage',
    action: 'ecr:BatchGetImage',
    ask: async (client) => {
      const { failures } = await client.send(
        new BatchGetImageCommand({ repositoryName, imageIds: [imageId] }),
      )
      assert.equal(failures?.[0]?.failureCode, 'ImageNotFound')
    },
  },
  {
    operation: 'ListImageReferrers',
    action: 'ecr:BatchGetImage',
    ask: async (client) => {
      const subjectId = { imageDigest: layerDigest }
      const { referrers } = await client.send(new ListImageReferrersCommand({ repositoryName, subjectId }))
      assert.deepEqual(referrers, [])
    },
  },
  {
    operation: 'GetDownloadUrlForLayer',
    action: 'ecr:GetDownloadUrlForLayer',
    ask: (client) =>
      missing(client.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest })), {
        name: 'LayersNotFoundException',
        message: `The layer with digest '${layerDigest}' does not exist within the repository with name 'apps/demo' in the registry with id '123456789012'`,
      }),
  },
  {
    operation: 'DescribeImages',
    action: 'ecr:DescribeImages',
    ask: (client) => client.send(new DescribeImagesCommand({ repositoryName, maxResults: 1 })),
  },
  {
    operation: 'ListImages',
    action: 'ecr:ListImages',
    ask: (client) => client.send(new ListImagesCommand({ repositoryName })),
  },
  {
    operation: 'DescribeImageScanFindings',
    action: 'ecr:DescribeImageScanFindings',
    ask: (client) =>
      missing(client.send(new DescribeImageScanFindingsCommand({ repositoryName, imageId })), {
        name: 'ImageNotFoundException',
        message:
          "The image with imageId {imageDigest:'null', imageTag:'everpull-probe'} does not exist within the repository with name 'apps/demo' in the registry with id '123456789012'",
      }),
  },
  {
    operation: 'BatchCheckLayerAvailability',
    action: 'ecr:BatchCheckLayerAvailability',
    ask: async (client) => {
      const { layers } = await client.send(
        new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layerDigest] }),
      )
      assert.equal(layers?.[0]?.layerAvailability, 'UNAVAILABLE')
    },
  },
  {
    operation: 'InitiateLayerUpload',
    action: 'ecr:InitiateLayerUpload',
    ask: (client) => client.send(new InitiateLayerUploadCommand({ repositoryName })),
  },
  {
    operation: 'UploadLayerPart',
    action: 'ecr:UploadLayerPart',
    ask: (client) => {
      const part = { partFirstByte: 0, partLastByte: 0, layerPartBlob: new Uint8Array(1) }
      return missing(client.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...part })), noUpload)
    },
  },
  {
    operation: 'CompleteLayerUpload',
    action: 'ecr:CompleteLayerUpload',
    ask: (client) => {
      const layerDigests = [layerDigest]
      return missing(
        client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests })),
        noUpload,
      )
    },
  },
  {
    operation: 'GetRepositoryPolicy',
    action: 'ecr:GetRepositoryPolicy',
    ask: (client) =>
      missing(client.send(new GetRepositoryPolicyCommand({ repositoryName })), {
        name: 'RepositoryPolicyNotFoundException',
        message: 'Repository policy does not exist',
      }),
  },
  {
    operation: 'GetLifecyclePolicy',
    action: 'ecr:GetLifecyclePolicy',
    ask: (client) =>
      missing(client.send(new GetLifecyclePolicyCommand({ repositoryName })), {
        name: 'LifecyclePolicyNotFoundException',
        message: `Lifecycle policy does not exist ${IN_DEMO}`,
      }),
  },
  {
    operation: 'GetLifecyclePolicyPreview',
    action: 'ecr:GetLifecyclePolicyPreview',
    ask: (client) =>
      missing(client.send(new GetLifecyclePolicyPreviewCommand({ repositoryName })), {
        name: 'LifecyclePolicyPreviewNotFoundException',
        message: `Lifecycle policy preview does not exist ${IN_DEMO}`,
      }),
  },
  {
    operation: 'ListTagsForResource',
    action: 'ecr:ListTagsForResource',
    ask: (client) => client.send(new ListTagsForResourceCommand({ resourceArn: REPOSITORY })),
  },
  {
    operation: 'DescribeRegistry',
    action: 'ecr:DescribeRegistry',
    resource: '*',
    ask: (client) => client.send(new DescribeRegistryCommand({})),
  },
  {
    operation: 'GetRegistryPolicy',
    action: 'ecr:GetRegistryPolicy',
    resource: '*',
    ask: (client) =>
      missing(client.send(new GetRegistryPolicyCommand({})), {
        name: 'RegistryPolicyNotFoundException',
        message: "Registry policy does not exist in the registry with id '123456789012'",
      }),
  },
]

/** Lets the answer through that says the right is there and the thing is not. */
async function missing(asked: Promise<unknown>, error: { name: string; message: string }): Promise<void> {
  const told = await asked.then(
    () => assert.fail(`no ${error.name}`),
    (reason: unknown) => reason as Error,
  )
  if (told.name !== error.name) throw told
  assert.equal(told.message, error.message)
}

const world = async (t: TestContext): Promise<TestAws> =>
  testAws(t, { registryBackend: (await testRegistry(t)).url })

for (const { operation, action, resource = REPOSITORY, ask } of probes) {
  test(`${operation} is answered, and denied alone with ${action}`, async (t) => {
    const { aws, demo, ecr } = await world(t)
    const client = ecr(demo.publisher)
    await ask(client)
    aws.faults.add({ kind: 'deny', action, principal: demo.publisher.arn })
    await assert.rejects(ask(client), {
      name: 'AccessDeniedException',
      message: `User: ${demo.publisher.arn} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a service control policy`,
    })
    for (const other of probes.filter((probe) => probe.action !== action)) await other.ask(client)
    assert.deepEqual(
      aws.faults.list().map(({ hits }) => hits),
      [1],
    )
    aws.faults.clear()
    await ask(client)
  })
}

test('a denial strikes the principal and the repository it names, as often as it says', async (t) => {
  const { aws, demo, ecr } = await world(t)
  const images = new ListImagesCommand({ repositoryName })
  aws.faults.add({
    kind: 'deny',
    action: 'ecr:List*',
    principal: '*:user/ecr-bot',
    resource: '*/demo',
    times: 1,
  })
  await ecr(demo.publisher).send(images)
  await ecr(demo.bot, 'us-east-2').send(new DescribeImagesCommand({ repositoryName }))
  await assert.rejects(ecr(demo.bot).send(images), { name: 'AccessDeniedException' })
  await ecr(demo.bot).send(images)
})

test('repositories come in pages, in the account and region asked for', async (t) => {
  const { demo, ecr } = await world(t)
  const client = ecr(demo.bot)
  const first = await client.send(new DescribeRepositoriesCommand({ maxResults: 1 }))
  const { nextToken } = first
  const rest = await client.send(new DescribeRepositoriesCommand({ nextToken }))
  const uris = [...(first.repositories ?? []), ...(rest.repositories ?? [])].map((r) => r.repositoryUri)
  const registry = '123456789012.dkr.ecr.us-west-1.amazonaws.com'
  assert.deepEqual(uris, [`${registry}/charts/demo`, `${registry}/apps/demo`])
  assert.equal(rest.nextToken, undefined)
  const none = await ecr(demo.bot, 'eu-west-1').send(new DescribeRepositoriesCommand({}))
  assert.deepEqual(none.repositories, [])
})

test('the repositories of another partition bear its names', async (t) => {
  const { demo, ecr } = await world(t)
  for (const [region, arn, suffix] of [
    ['us-gov-west-1', 'arn:aws-us-gov', 'amazonaws.com'],
    ['cn-north-1', 'arn:aws-cn', 'amazonaws.com.cn'],
  ]) {
    const { repositories } = await ecr(demo.bot, region).send(new DescribeRepositoriesCommand({}))
    assert.deepEqual(
      repositories?.map((r) => [r.repositoryArn, r.repositoryUri]),
      [
        [
          `${arn}:ecr:${region}:123456789012:repository/apps/demo`,
          `123456789012.dkr.ecr.${region}.${suffix}/apps/demo`,
        ],
      ],
    )
  }
})

const refusals: Record<string, (client: ECRClient) => Promise<unknown>> = {
  'a page of nothing': (client) => client.send(new DescribeRepositoriesCommand({ maxResults: 0 })),
  'a page of more than a thousand': (client) =>
    client.send(new ListImagesCommand({ repositoryName, maxResults: 1001 })),
  'a token nobody gave out': (client) => client.send(new DescribeRepositoriesCommand({ nextToken: 'guess' })),
  'names together with pages': (client) =>
    client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName], maxResults: 1 })),
  'no image at all': (client) => client.send(new BatchGetImageCommand({ repositoryName, imageIds: [] })),
  'a layer digest that is none': (client) =>
    client.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: 'latest' })),
  'a subject that is no digest': (client) =>
    client.send(new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: 'latest' } })),
}
for (const [what, ask] of Object.entries(refusals)) {
  test(`${what} is an invalid parameter`, async (t) => {
    const { demo, ecr } = await world(t)
    await assert.rejects(ask(ecr(demo.bot)), { name: 'InvalidParameterException' })
  })
}

test('the public service has the actions of its own only', async (t) => {
  const { aws, demo, ecrPublic } = await world(t)
  const { repositories } = await ecrPublic(demo.publisher).send(new DescribePublicCommand({}))
  assert.equal(repositories?.[0]?.repositoryUri, 'public.ecr.aws/123456789012/apps/demo')
  const client = ecrPublic(demo.publisher)
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-amz-target'] = 'SpencerFrontendService.ListImages'
      return next(args)
    },
    { step: 'build' },
  )
  await assert.rejects(client.send(new DescribePublicCommand({})), { name: 'UnknownOperationException' })
  assert.equal(aws.calls.list().at(-1)?.operation, 'ListImages')
})
