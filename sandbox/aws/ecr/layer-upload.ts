// This file is about layers sent in parts through the API, checked against their digest when they are whole.
import { randomUUID } from 'node:crypto'
import type { Operations, Output } from '../call.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { requiredText, textList } from '../protocol/input.ts'
import { digestOf } from './registry-images.ts'
import { repositoryArn } from './repository.ts'
import { type Asked, type ImageParts, onRepository } from './repository-action.ts'

/** Uploads under way, by id; they are lost with the process, as abandoned uploads are. */
type Uploads = Map<string, { readonly repository: string; readonly parts: Buffer[] }>

function uploadOf(uploads: Uploads, { call, key }: Asked): { parts: Buffer[]; id: string } {
  const id = requiredText(call.input, 'uploadId')
  const upload = uploads.get(id)
  if (upload === undefined || upload.repository !== repositoryArn(key))
    throw new AwsError(
      'UploadNotFoundException',
      400,
      `The upload with id '${id}' could not be found in the repository with name '${key.name}'`,
    )
  return { parts: upload.parts, id }
}

async function completeUpload(parts: ImageParts, uploads: Uploads, asked: Asked): Promise<Output> {
  const upload = uploadOf(uploads, asked)
  const content = Buffer.concat(upload.parts)
  if (content.length === 0) throw new AwsError('EmptyUploadException', 400, 'The upload has no parts')
  const [digest = ''] = textList(asked.call.input, 'layerDigests')
  if (digestOf(content) !== digest)
    throw new AwsError(
      'InvalidLayerException',
      400,
      `Layer digest ${digest} does not match what was uploaded`,
    )
  await parts.images.putBlob(asked.key, digest, content)
  uploads.delete(upload.id)
  return {
    registryId: asked.key.account,
    repositoryName: asked.key.name,
    uploadId: upload.id,
    layerDigest: digest,
  }
}

export function layerUploads(parts: ImageParts): Operations {
  const uploads: Uploads = new Map()
  return {
    InitiateLayerUpload: onRepository(parts, ({ key }) => {
      const uploadId = randomUUID()
      uploads.set(uploadId, { repository: repositoryArn(key), parts: [] })
      return { uploadId, partSize: 10_485_760 }
    }),
    UploadLayerPart: onRepository(parts, (asked) => {
      const upload = uploadOf(uploads, asked)
      upload.parts.push(Buffer.from(requiredText(asked.call.input, 'layerPartBlob'), 'base64'))
      const lastByteReceived = Buffer.concat(upload.parts).length - 1
      return {
        registryId: asked.key.account,
        repositoryName: asked.key.name,
        uploadId: upload.id,
        lastByteReceived,
      }
    }),
    CompleteLayerUpload: onRepository(parts, (asked) => completeUpload(parts, uploads, asked)),
  }
}
