// This file is about tests of the registries under their real names, through the proxy and the sandbox's own CA.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { ECRClient, GetAuthorizationTokenCommand, ListImagesCommand } from '@aws-sdk/client-ecr'
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicTokenCommand,
} from '@aws-sdk/client-ecr-public'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { listen } from '../aws/aws.ts'
import { passwordOf, testAws } from '../aws/aws-fixture.ts'
import { folderFor } from '../folder-fixture.ts'
import { type RegistryFront, startRegistryFront } from './front.ts'
import {
  askThrough,
  basic,
  EAST,
  MANIFEST,
  messageOf,
  OTHER,
  PUBLIC,
  putManifest,
  WEST,
  world,
} from './front-fixture.ts'
import { testRegistry } from './registry-fixture.ts'
import { remoteTokenCheck } from './remote-token-check.ts'

test('a client without a login is asked for one in the words of ECR', async (t) => {
  const w = await world(t)
  const told = await w.ask(WEST, '/v2/')
  assert.equal(told.status, 401)
  assert.equal(told.headers['www-authenticate'], `Basic realm="https://${WEST}/",service="ecr.amazonaws.com"`)
  assert.equal(told.text, 'Not Authorized\n')
})

test('a living token opens its registry', async (t) => {
  const w = await world(t)
  const told = await w.ask(WEST, '/v2/', basic(await w.login(w.demo.bot)))
  assert.equal(told.status, 200)
  assert.equal(told.headers['docker-distribution-api-version'], 'registry/2.0')
})

test('what was pushed can be pulled, and is separate from other regions and accounts', async (t) => {
  const w = await world(t)
  const push = await w.login(w.demo.publisher)
  const pull = await w.login(w.demo.bot)
  assert.equal((await putManifest(w, WEST, 'apps/demo', push)).status, 201)
  const pulled = await w.ask(WEST, '/v2/apps/demo/manifests/1.0.0', basic(pull))
  assert.equal(pulled.text, MANIFEST)
  assert.ok(w.backend.asked.includes('PUT /v2/123456789012/us-west-1/apps/demo/manifests/1.0.0'))
  const elsewhere = await w.ask(
    EAST,
    '/v2/apps/demo/manifests/1.0.0',
    basic(await w.login(w.demo.bot, 'us-east-2')),
  )
  assert.equal(elsewhere.status, 404)
  assert.equal(messageOf(elsewhere), 'Requested image not found')
  const images = await w.ecr(w.demo.bot).send(new ListImagesCommand({ repositoryName: 'apps/demo' }))
  assert.equal(images.imageIds?.[0]?.imageTag, '1.0.0')
})

test('tags are listed under the name the client knows', async (t) => {
  const w = await world(t)
  const pull = await w.login(w.demo.bot)
  const empty = await w.ask(WEST, '/v2/apps/demo/tags/list', basic(pull))
  assert.deepEqual(JSON.parse(empty.text), { name: 'apps/demo', tags: [] })
  await putManifest(w, WEST, 'apps/demo', await w.login(w.demo.publisher))
  const told = await w.ask(WEST, '/v2/apps/demo/tags/list', basic(pull))
  assert.deepEqual(JSON.parse(told.text), { name: 'apps/demo', tags: ['1.0.0'] })
})

test('uploads go on where the registry says, under its public name', async (t) => {
  const w = await world(t)
  const login = basic(await w.login(w.demo.publisher))
  const path = '/v2/apps/demo/blobs/uploads/?mount=sha256:1&from=charts/demo'
  const told = await w.ask(WEST, path, { method: 'POST', ...login })
  assert.equal(told.status, 202)
  const location = String(told.headers['location'])
  assert.ok(location.startsWith(`https://${WEST}/v2/apps/demo/blobs/uploads/`), location)
  assert.equal(new URL(location).searchParams.get('state'), '123456789012/us-west-1/charts/demo')
})

test('an expired token says so', async (t) => {
  const w = await world(t, { tokenLifeSeconds: 60 })
  const password = await w.login(w.demo.bot)
  w.aws.setClockAhead(61)
  const told = await w.ask(WEST, '/v2/', basic(password))
  assert.equal(told.status, 403)
  assert.equal(messageOf(told), 'Your authorization token has expired. Reauthenticate and try again.')
})

test('a token of another region is answered as ECR does, in either of its ways', async (t) => {
  const w = await world(t)
  const password = await w.login(w.demo.bot, 'us-west-1')
  const expired = await w.ask(EAST, '/v2/', basic(password))
  assert.equal(expired.status, 403)
  assert.match(messageOf(expired), /has expired/)
  w.aws.changeSettings({ foreignToken: 'bad-request' })
  assert.equal((await w.ask(EAST, '/v2/', basic(password))).status, 400)
})

test('a password nobody minted is invalid', async (t) => {
  const w = await world(t)
  const told = await w.ask(WEST, '/v2/', basic('guess'))
  assert.equal(told.status, 400)
  assert.equal(messageOf(told), 'Your Authorization Token is invalid.')
})

test('pushing takes more rights than pulling, and the refusal names the right', async (t) => {
  const w = await world(t)
  const told = await putManifest(w, WEST, 'apps/demo', await w.login(w.demo.bot))
  assert.equal(told.status, 403)
  assert.match(
    messageOf(told),
    /^User: arn:aws:iam::123456789012:user\/ecr-bot is not authorized to perform: ecr:PutImage/,
  )
})

test('listing tags takes a right of its own', async (t) => {
  const w = await world(t)
  const statement = {
    Effect: 'Allow',
    Action: ['ecr:BatchGetImage', 'ecr:GetAuthorizationToken'],
    Resource: '*',
  } as const
  w.aws.iam.putPolicy(w.demo.bot.arn, 'ecr-bot', { Statement: statement })
  const told = await w.ask(WEST, '/v2/apps/demo/tags/list', basic(await w.login(w.demo.bot)))
  assert.match(messageOf(told), /ecr:ListImages/)
})

test('a repository that does not exist is unknown by name', async (t) => {
  const w = await world(t)
  const told = await w.ask(WEST, '/v2/apps/none/manifests/1', basic(await w.login(w.demo.bot)))
  assert.equal(told.status, 404)
  assert.deepEqual(JSON.parse(told.text), {
    errors: [
      {
        code: 'NAME_UNKNOWN',
        message: "The repository with name 'apps/none' does not exist in the registry with id '123456789012'",
      },
    ],
  })
})

test("one token opens another account's repository where its policy allows", async (t) => {
  const w = await world(t)
  const password = await w.login(w.demo.bot)
  const shared = await w.ask(OTHER, '/v2/shared/base/tags/list', basic(password))
  assert.equal(shared.status, 200)
  w.aws.repositories.create({ service: 'ecr', account: '210987654321', region: 'us-west-1', name: 'private' })
  w.aws.iam.putPolicy(w.demo.bot.arn, 'more', { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })
  const told = await w.ask(OTHER, '/v2/private/tags/list', basic(password))
  assert.equal(told.status, 403)
  assert.match(messageOf(told), /no resource-based policy allows/)
})

test('the public registry leads to its token endpoint and lets anyone pull', async (t) => {
  const w = await world(t)
  const first = await w.ask(PUBLIC, '/v2/')
  assert.equal(first.status, 401)
  assert.match(String(first.headers['www-authenticate']), /^Bearer realm="https:\/\/public.ecr.aws\/token\/"/)
  const { token } = JSON.parse((await w.ask(PUBLIC, '/token/?scope=aws')).text) as { token: string }
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await w.ask(PUBLIC, '/v2/everpull/apps/demo/tags/list', { headers })).status, 200)
  const upload = await w.ask(PUBLIC, '/v2/everpull/apps/demo/blobs/uploads/', { method: 'POST', headers })
  assert.equal(upload.status, 401)
})

test('the public registry takes the token of its own service only, and as Bearer only', async (t) => {
  const w = await world(t)
  const answer = await w.ecrPublic(w.demo.publisher).send(new GetPublicTokenCommand({}))
  const token = answer.authorizationData?.authorizationToken ?? ''
  const basicHeader = { headers: { authorization: `Basic ${token}` } }
  const exchanged = JSON.parse((await w.ask(PUBLIC, '/token/', basicHeader)).text) as { token: string }
  for (const bearer of [token, exchanged.token]) {
    const told = await w.ask(PUBLIC, '/v2/everpull/apps/demo/manifests/1', {
      method: 'PUT',
      body: MANIFEST,
      headers: { authorization: `Bearer ${bearer}` },
    })
    assert.equal(told.status, 201)
  }
  assert.equal((await w.ask(PUBLIC, '/v2/', basicHeader)).status, 400)
  const pair = Buffer.from(`AWS:${await w.login(w.demo.bot, 'us-east-1')}`).toString('base64')
  assert.equal((await w.ask(PUBLIC, '/token/', { headers: { authorization: `Basic ${pair}` } })).status, 400)
})

test('the pull log tells who did what and how it went, and no secret', async (t) => {
  const w = await world(t)
  const password = await w.login(w.demo.bot)
  await w.ask(WEST, '/v2/apps/demo/manifests/9', basic(password))
  const text = await (await fetch(`${w.front.proxyUrl}/_sandbox/pulls`)).text()
  const { pulls } = JSON.parse(text) as { pulls: Record<string, unknown>[] }
  const { seq: _, time: __, because: ___, ...entry } = pulls[0] ?? {}
  assert.deepEqual(entry, {
    host: WEST,
    operation: 'pull',
    method: 'GET',
    repository: 'apps/demo',
    rest: 'manifests/9',
    principal: w.demo.bot.arn,
    status: 404,
  })
  assert.ok(!text.includes(password))
})

const PLACES: readonly { region: string; fips: boolean; dualStack: boolean; registry: string }[] = [
  { region: 'us-west-1', fips: false, dualStack: false, registry: 'dkr.ecr.us-west-1.amazonaws.com' },
  { region: 'us-west-2', fips: true, dualStack: false, registry: 'dkr.ecr-fips.us-west-2.amazonaws.com' },
  { region: 'us-west-2', fips: false, dualStack: true, registry: 'dkr-ecr.us-west-2.on.aws' },
  { region: 'us-gov-west-1', fips: true, dualStack: true, registry: 'dkr-ecr-fips.us-gov-west-1.on.aws' },
  { region: 'cn-north-1', fips: false, dualStack: false, registry: 'dkr.ecr.cn-north-1.amazonaws.com.cn' },
  {
    region: 'cn-north-1',
    fips: false,
    dualStack: true,
    registry: 'dkr-ecr.cn-north-1.on.amazonwebservices.com.cn',
  },
  {
    region: 'eusc-de-east-1',
    fips: false,
    dualStack: false,
    registry: 'dkr.ecr.eusc-de-east-1.amazonaws.eu',
  },
  { region: 'us-iso-east-1', fips: false, dualStack: false, registry: 'dkr.ecr.us-iso-east-1.c2s.ic.gov' },
]

for (const { region, fips, dualStack, registry } of PLACES) {
  test(`a login from AWS's own endpoint opens ${registry} of every account`, async (t) => {
    const w = await world(t)
    const config = {
      region,
      credentials: { ...w.demo.bot },
      useFipsEndpoint: fips,
      useDualstackEndpoint: dualStack,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ httpsAgent: w.agent }),
    }
    await new STSClient(config).send(new GetCallerIdentityCommand({}))
    const answer = await new ECRClient(config).send(new GetAuthorizationTokenCommand({}))
    const password = passwordOf(answer.authorizationData?.[0]?.authorizationToken)
    for (const account of ['123456789012', '210987654321', '333333333333'])
      assert.equal((await w.ask(`${account}.${registry}`, '/v2/', basic(password))).status, 200)
    const asked = w.aws.calls.list({ service: 'ecr' })[0]?.host ?? ''
    assert.deepEqual([asked.includes('-fips'), !asked.startsWith('api.')], [fips, dualStack])
    const proxyEndpoint = answer.authorizationData?.[0]?.proxyEndpoint ?? ''
    assert.equal((await w.ask(new URL(proxyEndpoint).host, '/v2/', basic(password))).status, 200)
  })
}

test('an endpoint refuses signatures for another region, and other services', async (t) => {
  const w = await world(t)
  const config = {
    region: 'us-west-1',
    credentials: { ...w.demo.bot },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: w.agent }),
  }
  const east = new ECRClient({ ...config, endpoint: 'https://api.ecr.us-east-2.amazonaws.com' })
  await assert.rejects(east.send(new GetAuthorizationTokenCommand({})), {
    name: 'InvalidSignatureException',
    message: /scoped to a valid region/,
  })
  const sts = new ECRClient({ ...config, endpoint: 'https://sts.us-west-1.amazonaws.com' })
  await assert.rejects(sts.send(new GetAuthorizationTokenCommand({})), { name: 'UnknownOperationException' })
  const nowhere = new ECRClient({ ...config, region: 'eu-central-1', useFipsEndpoint: true })
  await assert.rejects(nowhere.send(new GetAuthorizationTokenCommand({})))
})

test("the public registry answers under both its names, and says which of AWS's endpoints was asked", async (t) => {
  const w = await world(t)
  const client = new ECRPUBLICClient({
    region: 'us-east-1',
    credentials: { ...w.demo.bot },
    useDualstackEndpoint: true,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: w.agent }),
  })
  const answer = await client.send(new GetPublicTokenCommand({}))
  const token = answer.authorizationData?.authorizationToken ?? ''
  for (const host of [PUBLIC, 'ecr-public.aws.com']) {
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await w.ask(host, '/v2/', { headers })).status, 200)
  }
  assert.equal(w.aws.calls.list()[0]?.host, 'ecr-public.us-east-1.api.aws')
})

test('a front in another process asks the emulator over HTTP', async (t) => {
  const w = await world(t)
  const tokens = remoteTokenCheck(w.aws.url)
  const password = await w.login(w.demo.bot)
  const where = { service: 'ecr', account: '123456789012', region: 'us-west-1' } as const
  const ask = { ...where, password, repository: 'apps/demo', actions: [['ecr:BatchGetImage']] }
  assert.deepEqual(await tokens.authorize(ask), await w.aws.tokens.authorize(ask))
  assert.equal(await tokens.ownerOf({ ...where, repository: 'apps/demo' }), '123456789012')
  assert.equal(await tokens.ownerOf({ ...where, repository: 'apps/none' }), undefined)
})

/** The proxy's first line and body in answer to CONNECT. */
function connectTo(front: RegistryFront, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(front.port, '127.0.0.1', () =>
      socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`),
    )
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.startsWith('HTTP/1.1 200')) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

test('other hosts are refused with a word why, loopback is let through', async (t) => {
  const { front } = await world(t)
  const refused = await connectTo(front, 'registry-1.docker.io:443')
  assert.match(refused, /^HTTP\/1.1 502/)
  assert.match(refused, /leads to ECR registries only, not to registry-1.docker.io:443/)
  assert.match(await connectTo(front, `${WEST}.evil.example:443`), /^HTTP\/1.1 502/)
  const server = createServer((_, response) => response.end('here'))
  const port = await listen(server, 0)
  t.after(() => server.close().closeAllConnections())
  assert.match(await connectTo(front, `127.0.0.1:${port}`), /^HTTP\/1.1 200/)
})

test('the authority outlives the front', async (t) => {
  const caDir = folderFor(t)
  const backend = await testRegistry(t)
  const { aws } = await testAws(t)
  const start = (): Promise<RegistryFront> =>
    startRegistryFront({ backend: backend.url, tokens: aws.tokens, caDir })
  const first = await start()
  const trusted = readFileSync(first.caFile)
  await first.close()
  const second = await start()
  const agent = new Agent({ proxyEnv: { HTTPS_PROXY: second.proxyUrl }, ca: trusted })
  t.after(() => {
    agent.destroy()
    return second.close()
  })
  assert.equal((await askThrough(agent, WEST, '/v2/')).status, 401)
})

test('a registry that is down is told as unavailable', async (t) => {
  const { aws, demo, login } = await testAws(t)
  const caDir = folderFor(t)
  const front = await startRegistryFront({ backend: 'http://127.0.0.1:9', tokens: aws.tokens, caDir })
  const agent = new Agent({ proxyEnv: { HTTPS_PROXY: front.proxyUrl }, ca: readFileSync(front.caFile) })
  t.after(() => {
    agent.destroy()
    return front.close()
  })
  const told = await askThrough(agent, WEST, '/v2/apps/demo/manifests/1', basic(await login(demo.bot)))
  assert.equal(told.status, 503)
})
