// This file is about the part of an integration's form that says where its secret access key is kept: never in the clear in Git.
import { SecretText } from '../../base/secret-text.ts'
import type { SecretPart } from '../../operator/commands/integrations.ts'
import type { Questions } from '../questions.ts'
import { askFor } from './form-answers.ts'
import type { FormFacts } from './form.ts'
import { type FormGiven, SECRET_VARIABLE } from './form-options.ts'
import { readSecretName, readStore, type SecretName, type StoreName } from './form-values.ts'

/** `mayKeep`: the integration has a secret of this key already. */
export async function fillSecret(
  given: FormGiven,
  { questions, asksAgain }: FormFacts,
  mayKeep: boolean,
  missing: string[],
): Promise<SecretPart | undefined> {
  if (given.existing !== undefined) return existing(given, given.existing)
  if (given.store !== undefined) return external(given, given.store, questions, missing)
  if (given.secretAccessKey !== undefined || given.certificateFile !== undefined) {
    return sealed(given, questions, missing)
  }
  if (mayKeep && !(asksAgain && questions !== undefined)) return { is: 'kept' }
  if (questions === undefined) {
    const ways = '--secret-access-key-file FILE, --external-secret STORE or --existing-secret NAME'
    return void missing.push(`${ways}, or ${SECRET_VARIABLE}: where the secret access key is`)
  }
  const kept = {
    value: 'kept',
    name: 'as it is',
    describes: 'the secret access key stays the one it was',
  } as const
  const way = await questions.one('How is the secret access key kept?', [
    ...(mayKeep ? [kept] : []),
    {
      value: 'sealed',
      name: 'sealed, in the repository',
      describes: 'only the cluster can open it',
    } as const,
    { value: 'external', name: 'in a store, fetched by an ExternalSecret' } as const,
    { value: 'existing', name: 'in a Secret that is there already' } as const,
  ])
  switch (way) {
    case 'kept':
      return { is: 'kept' }
    case 'sealed':
      return sealed(given, questions, missing)
    case 'external':
      return external(given, await askStore(questions), questions, missing)
    case 'existing':
      return existing(given, await askExisting(questions))
  }
}

async function sealed(
  given: FormGiven,
  questions: Questions | undefined,
  missing: string[],
): Promise<SecretPart | undefined> {
  const secretAccessKey = given.secretAccessKey ?? (await askSecret(questions))
  if (secretAccessKey === undefined) {
    return void missing.push(
      `--secret-access-key-file FILE, or ${SECRET_VARIABLE}: the secret access key to seal`,
    )
  }
  const { certificateFile, sessionToken } = given
  return {
    is: 'sealed',
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(certificateFile === undefined ? {} : { certificateFile }),
  }
}

async function askSecret(questions: Questions | undefined): Promise<SecretText | undefined> {
  if (questions === undefined) return undefined
  const answer = await questions.secret({
    message: 'Secret access key',
    flaw: (text) => (text === '' ? 'it is needed' : undefined),
  })
  return new SecretText(answer.trim())
}

async function external(
  { remoteKey, remoteProperty }: FormGiven,
  store: StoreName,
  questions: Questions | undefined,
  missing: string[],
): Promise<SecretPart | undefined> {
  const key =
    remoteKey ??
    (await questions?.text({ message: 'Where in the store it is (its key there)', flaw: needed }))
  if (key === undefined) return void missing.push('--remote-key KEY: where in the store it is')
  return {
    is: 'external',
    store,
    remoteKey: key,
    ...(remoteProperty === undefined ? {} : { property: remoteProperty }),
  }
}

const needed = (text: string): string | undefined => (text === '' ? 'it is needed' : undefined)

const askStore = (questions: Questions): Promise<StoreName> =>
  askFor(
    questions,
    { message: 'Name of the SecretStore (ClusterSecretStore/NAME for one of the cluster)' },
    readStore,
  )

const askExisting = (questions: Questions): Promise<SecretName> =>
  askFor(
    questions,
    { message: 'Name of the Secret (NAMESPACE/NAME where it is not the operator’s own namespace)' },
    readSecretName,
  )

function existing({ secretKey }: FormGiven, { namespace, name }: SecretName): SecretPart {
  return {
    is: 'existing',
    secretName: name,
    ...(namespace === undefined ? {} : { secretNamespace: namespace }),
    ...(secretKey === undefined ? {} : { key: secretKey }),
  }
}
