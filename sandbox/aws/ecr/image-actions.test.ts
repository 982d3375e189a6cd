// This file is about tests of the image actions: IAM before them, a registry behind them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr'
import { testRegistry } from '../../registry/registry-fixture.ts'
import { type TestAws, testAws } from '../aws-fixture.ts'

const repositoryName = 'apps/demo'
const LAYER = Buffer.from('a layer')
const layerDigest = `sha256:${createHash('sha256').update(LAYER).digest('hex')}`
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  layers: [{ digest: layerDigest, size: LAYER.length }],
})

const world = async (t: TestContext): Promise<TestAws> =>
  testAws(t, { registryBackend: (await testRegistry(t)).url })

async function pushImage({ ecr, demo }: TestAws): Promise<void> {
  const client = ecr(demo.publisher)
  const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }))
  const upload = { repositoryName, uploadId }
  const part = { partFirstByte: 0, partLastByte: LAYER.length - 1, layerPartBlob: LAYER }
  const sent = await client.send(new UploadLayerPartCommand({ ...upload, ...part }))
  assert.equal(sent.lastByteReceived, LAYER.length - 1)
  await client.send(new CompleteLayerUploadCommand({ ...upload, layerDigests: [layerDigest] }))
  await client.send(new PutImageCommand({ repositoryName, imageManifest: MANIFEST, imageTag: '1.0.0' }))
}

test('an image pushed through the API is there for every way of asking', async (t) => {
  const w = await world(t)
  await pushImage(w)
  const client = w.ecr(w.demo.bot)
  const got = await client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: '1.0.0' }] }),
  )
  assert.equal(got.images?.[0]?.imageManifest, MANIFEST)
  const imageDigest = got.images?.[0]?.imageId?.imageDigest
  const listed = await client.send(new ListImagesCommand({ repositoryName }))
  assert.deepEqual(listed.imageIds, [{ imageDigest, imageTag: '1.0.0' }])
  const described = await client.send(new DescribeImagesCommand({ repositoryName }))
  assert.deepEqual(described.imageDetails?.[0]?.imageTags, ['1.0.0'])
  const layers = await client.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layerDigest, 'sha256:0'] }),
  )
  assert.deepEqual(
    layers.layers?.map((l) => l.layerAvailability),
    ['AVAILABLE', 'UNAVAILABLE'],
  )
  const { downloadUrl } = await client.send(
    new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }),
  )
  assert.equal(await (await fetch(downloadUrl ?? '')).text(), 'a layer')
})

test('artifacts are found by the image that they refer to', async (t) => {
  const w = await world(t)
  await pushImage(w)
  const client = w.ecr(w.demo.publisher)
  const { images } = await client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: '1.0.0' }] }),
  )
  const imageDigest = images?.[0]?.imageId?.imageDigest ?? ''
  const artifactType = 'application/vnd.example.report'
  const annotations = { 'org.example.kind': 'report' }
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType,
    annotations,
    subject: { digest: imageDigest },
  })
  await client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'report' }))
  const subjectId = { imageDigest }
  const told = await client.send(new ListImageReferrersCommand({ repositoryName, subjectId }))
  assert.deepEqual(
    told.referrers?.map((r) => [r.artifactType, r.annotations, r.size, r.artifactStatus]),
    [[artifactType, annotations, imageManifest.length, 'ACTIVE']],
  )
  const filter = { artifactTypes: ['application/vnd.example.other'] }
  const others = await client.send(new ListImageReferrersCommand({ repositoryName, subjectId, filter }))
  assert.deepEqual(others.referrers, [])
})

test('an image that nobody scanned has no findings', async (t) => {
  const w = await world(t)
  await pushImage(w)
  const asked = new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag: '1.0.0' } })
  await assert.rejects(w.ecr(w.demo.bot).send(asked), { name: 'ScanNotFoundException' })
})

test('what is not there is a failure of the image, not of the call', async (t) => {
  const w = await world(t)
  const imageIds = [{ imageTag: 'none' }]
  const got = await w.ecr(w.demo.bot).send(new BatchGetImageCommand({ repositoryName, imageIds }))
  assert.equal(got.failures?.[0]?.failureCode, 'ImageNotFound')
  const described = w.ecr(w.demo.bot).send(new DescribeImagesCommand({ repositoryName, imageIds }))
  await assert.rejects(described, { name: 'ImageNotFoundException' })
})

test('uploading is refused to those who only pull, with the action by name', async (t) => {
  const w = await world(t)
  await assert.rejects(w.ecr(w.demo.bot).send(new InitiateLayerUploadCommand({ repositoryName })), {
    name: 'AccessDeniedException',
    message:
      /ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-west-1:123456789012:repository\/apps\/demo because no identity-based policy/,
  })
})

test('a repository that does not exist is told, and can be made once', async (t) => {
  const { demo, ecr } = await world(t)
  const missing = { repositoryName: 'apps/new' }
  await assert.rejects(ecr(demo.bot).send(new ListImagesCommand(missing)), {
    name: 'RepositoryNotFoundException',
    message: "The repository with name 'apps/new' does not exist in the registry with id '123456789012'",
  })
  await ecr(demo.publisher).send(new CreateRepositoryCommand(missing))
  const { repositories } = await ecr(demo.bot).send(
    new DescribeRepositoriesCommand({ repositoryNames: ['apps/new'] }),
  )
  assert.equal(repositories?.[0]?.repositoryUri, '123456789012.dkr.ecr.us-west-1.amazonaws.com/apps/new')
  await assert.rejects(ecr(demo.publisher).send(new CreateRepositoryCommand(missing)), {
    name: 'RepositoryAlreadyExistsException',
  })
})
