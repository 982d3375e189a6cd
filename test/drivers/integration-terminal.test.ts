// This file is about integrations set up at a terminal: by questions, with the diff shown, and nothing written before the answer.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigRepository } from '../support/config-repository.ts'
import { CTRL_C, DOWN, ENTER, PseudoTerminal, SPACE } from '../support/pseudo-terminal.ts'
import { sealingKey } from '../support/sealing-key.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const ROLE = 'arn:aws:iam::123456789012:role/ecr-read'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

const runtime = (spec: string): string => `apiVersion: everpull.dev/v1alpha1\nkind: Runtime\nspec: ${spec}\n`
const RUNTIMES = {
  'runtimes/production/everpull.yaml': runtime('{version: 0.1.30, accessKeySince: 0.1.27}'),
  'runtimes/elsewhere/everpull.yaml': runtime('{hosted: true, version: 0.1.30, accessKeySince: 0.1.27}'),
}

/** No cluster is there, and nobody's own region. */
const NOWHERE = { KUBECONFIG: '/nonexistent', AWS_REGION: '', AWS_DEFAULT_REGION: '', HOME: '/nonexistent' }

const terminal = (repository: ConfigRepository, ...args: readonly string[]): PseudoTerminal =>
  new PseudoTerminal(['integration', ...args], {
    cwd: repository.folder,
    environment: { ...NOWHERE, EVERPULL_CONFIG_REPO: repository.clone },
  })

test('an access key is set up by questions, and its secret is shown nowhere', async () => {
  await using repository = await ConfigRepository.make(RUNTIMES)
  const certificate = join(repository.folder, 'cert.pem')
  await writeFile(certificate, (await sealingKey()).certificate)
  await using at = terminal(repository, 'create', '--skip-test', '--cert', certificate, '-n', 'everpull')
  await at.answer(/Name of the integration/, 'ecr-ci')
  await at.answer(/For which runtimes\?/, `${DOWN}${DOWN}`)
  await at.shows(/Which of them\?/)
  await at.shows(/elsewhere \(hosted\)/)
  at.type(`${SPACE}${ENTER}`)
  await at.shows(/Who asks AWS\?/)
  await at.shows(/IAM role \(not for hosted runtimes\)/)
  at.type(ENTER)
  await at.answer(/Access key id/, 'AKIAIOSFODNN7EXAMPLE')
  await at.answer(/Secret access key/, SECRET)
  await at.answer(/Registries it stands for/, HOST)
  await at.answer(/Region of the registries \(eu-west-1\)/, '')
  await at.answer(/Namespaces that may use it/, 'team-*')
  await at.shows(/\+\+\+ b\/resources\/runtimes\/elsewhere\/ecr-ci\/integration\.yaml/)
  await at.shows(/kind: SealedSecret/)
  await at.shows(/sealed for namespace everpull .* SHA-256 [0-9A-F]{2}:/)
  await at.shows(/Commit this to/)
  at.type(ENTER)
  await at.shows(/committed [0-9a-f]{12} to main of/)
  assert.equal(await at.ended(), 0)

  assert.doesNotMatch(at.raw, /wJalr/)
  assert.doesNotMatch(await repository.history(), /wJalr/)
  assert.match(
    await repository.lastMessage(),
    /^Create the ECR integration ecr-ci\n[^]*not tested \(--skip-test\)/,
  )
  const written = await repository.text('resources/runtimes/elsewhere/ecr-ci/integration.yaml')
  assert.match(written, /accessKeyId: AKIAIOSFODNN7EXAMPLE/)
  assert.match(written, /secretName: ecr-ecr-ci/)
})

test('what is discarded leaves everything as it was', async () => {
  await using repository = await ConfigRepository.make({})
  const before = await repository.cloneState()
  const flags = [
    '--all-runtimes',
    '--role',
    ROLE,
    '--region',
    'eu-west-1',
    '--registry',
    HOST,
    '--share-with',
    'a',
  ]
  await using at = terminal(repository, 'create', 'ecr-prod', ...flags, '--skip-test')
  await at.shows(/Commit this to/)
  at.type(`${DOWN}${ENTER}`)
  await at.shows(/discarded; nothing was changed/)
  assert.equal(await at.ended(), 1)
  assert.equal(await repository.cloneState(), before)
  assert.equal(await repository.commits(), 1)
})

for (const [when, question] of [
  ['at a question', /Name of the integration/],
  ['when asked to commit', /Commit this to/],
] as const) {
  test(`Ctrl-C ${when} leaves everything as it was`, async () => {
    await using repository = await ConfigRepository.make({})
    const before = await repository.cloneState()
    const named = question.source.startsWith('Commit') ? ['ecr-prod'] : []
    const flags = [
      '--all-runtimes',
      '--mode',
      'ambient',
      '--region',
      'eu-west-1',
      '--registry',
      HOST,
      '--share-with',
      'a',
    ]
    await using at = terminal(repository, 'create', ...named, ...flags, '--skip-test')
    await at.shows(question)
    at.type(CTRL_C)
    assert.equal(await at.ended(), 1)
    assert.match(at.shown, /everpull: left without an answer: nothing was changed/)
    assert.equal(await repository.cloneState(), before)
    assert.equal(await repository.commits(), 1)
  })
}

const KEPT = `# whom to ask: the platform team
apiVersion: everpull.dev/v1alpha1
kind: EcrIntegration
metadata:
  name: ecr-prod
spec:
  region: eu-west-1 # where the registries are
  auth:
    iamRole:
      roleArn: ${ROLE}
  probe:
    interval: 10m
`
const KEPT_FILE = 'resources/control-planes/ecr-prod/integration.yaml'

test('an edit offers what is kept, and changes nothing else', async () => {
  await using repository = await ConfigRepository.make({ [KEPT_FILE]: KEPT })
  await using at = terminal(repository, 'edit', 'ecr-prod', '--skip-test')
  await at.answer(/For which runtimes\?/, '')
  await at.answer(/Who asks AWS\?/, '')
  await at.answer(new RegExp(`IAM role .*\\(${ROLE}\\)`), '')
  await at.answer(/External id/, 'ours')
  await at.answer(/Registries it stands for/, HOST)
  await at.answer(/Region of the registries \(eu-west-1\)/, '')
  await at.answer(/Namespaces that may use it/, '')
  await at.shows(/\+ +externalId: ours/)
  await at.answer(/Commit this to/, '')
  assert.equal(await at.ended(), 0)
  const now = await repository.text(KEPT_FILE)
  const withoutNew = now.replace(/ +externalId: ours\n/, '').replace(/ +registries:\n.*\n/, '')
  assert.equal(withoutNew, KEPT)
})

test('only the word DELETE deletes', async () => {
  await using repository = await ConfigRepository.make({ [KEPT_FILE]: KEPT })
  for (const [word, code] of [
    ['delete', 1],
    ['DELETE', 0],
  ] as const) {
    await using at = terminal(repository, 'delete', 'ecr-prod')
    await at.shows(/who uses ecr-prod cannot be told/)
    await at.shows(/-kind: EcrIntegration/)
    await at.answer(/Write DELETE/, word)
    assert.equal(await at.ended(), code)
    assert.equal((await repository.files()).includes(KEPT_FILE), code === 1)
  }
})
