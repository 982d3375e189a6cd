// This file is about the process that is our AWS: the emulator and the registry front, on the folder's ports and keys.
import { readFileSync } from 'node:fs'
import type { Jwks } from './aws/options.ts'
import { startAws } from './aws/aws.ts'
import { DEMO_ACCOUNT, seedDemo } from './aws/seed.ts'
import { awsStateFile, certificateAuthorityFolder, readAwsSetup, writePrincipals } from './aws-part.ts'
import { apiClient } from './control-plane/api-client.ts'
import { startRegistryFront } from './registry/front.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('which folder?')
const setup = readAwsSetup(folder)

const cluster = apiClient(Number(new URL(setup.issuer).port), undefined, () =>
  readFileSync(setup.apiServerCertificate),
)
const fetchJwks = async (): Promise<Jwks> => {
  const { status, body } = await cluster.call('GET', '/openid/v1/jwks')
  if (status !== 200) throw new Error(`the cluster answered ${status} when asked for its keys`)
  return JSON.parse(body) as Jwks
}

/** EKS names its providers this way: the issuer without its scheme. */
const oidcProvider = {
  issuer: setup.issuer,
  audiences: ['sts.amazonaws.com'],
  providerArn: `arn:aws:iam::${DEMO_ACCOUNT}:oidc-provider/${setup.issuer.replace('https://', '')}`,
  fetchJwks,
}

const aws = await startAws({
  port: setup.port,
  stateFile: awsStateFile(folder),
  oidcProviders: [oidcProvider],
  registryBackend: setup.registry,
  ...(setup.tokenLifeSeconds !== undefined && { tokenLifeSeconds: setup.tokenLifeSeconds }),
})
writePrincipals(folder, seedDemo(aws, { oidcProvider }))
await startRegistryFront({
  proxyPort: setup.proxyPort,
  backend: setup.registry,
  tokens: aws.tokens,
  caDir: certificateAuthorityFolder(folder),
  apis: aws.url,
})
process.once('SIGTERM', () => process.exit(0))
