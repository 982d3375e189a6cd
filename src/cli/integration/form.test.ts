// This file is about testing how an integration's form is filled in: by flags, by what is kept, and by answers.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SecretText } from '../../base/secret-text.ts'
import type { IntegrationSettings } from '../../operator/commands/integrations.ts'
import type { Questions } from '../questions.ts'
import { type Filled, fillForm, type FormFacts } from './form.ts'
import type { FormGiven } from './form-options.ts'

const ROLE = 'arn:aws:iam::123456789012:role/ecr-read'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const NOTHING: FormGiven = { registries: [], namespaces: [] }
const NOBODY: FormFacts = { runtimes: [], asksAgain: false }
const NAMED: FormGiven = { ...NOTHING, name: 'ecr-prod', runtimes: { is: 'all' } }

function settled(filled: Filled): IntegrationSettings {
  assert.ok(filled.is === 'filled', JSON.stringify(filled))
  return filled.settings
}

async function lacking(given: FormGiven, facts: FormFacts = NOBODY): Promise<readonly string[]> {
  const filled = await fillForm(given, facts)
  assert.ok(filled.is === 'missing', JSON.stringify(filled))
  return filled.flags
}

/** Answers in turn, each to the question that begins so; what is offered is remembered. */
function answering(...answers: readonly (readonly [string, unknown])[]) {
  const offered: string[] = []
  const left = [...answers]
  const next = (message: string): unknown => {
    const [begin, answer] = left.shift() ?? ['', undefined]
    assert.ok(begin !== '' && message.startsWith(begin), `asked "${message}" where "${begin}" was expected`)
    return answer
  }
  const questions: Questions = {
    async text({ message, preset = '', flaw }) {
      const answer = String(next(message))
      const text = answer === '' ? preset : answer
      assert.equal(flaw?.(text), undefined)
      return text
    },
    secret: async ({ message }) => String(next(message)),
    async one(message, choices) {
      const answer = next(message)
      const chosen = choices.find(({ value }) => value === answer)
      offered.push(
        ...choices.map(({ name, refused }) => `${name}${refused === undefined ? '' : ` ${refused}`}`),
      )
      assert.ok(chosen !== undefined && chosen.refused === undefined, `${String(answer)} is not offered`)
      return chosen.value
    },
    async many(message, choices) {
      const answer = next(message) as readonly unknown[]
      return choices.filter(({ value }) => answer.includes(value)).map(({ value }) => value)
    },
  }
  return { questions, offered, left }
}

describe('where nobody can be asked', () => {
  test('all flags that are missing are named at once', async () => {
    assert.deepEqual(
      (await lacking(NOTHING)).map((flag) => flag.split(/[ :,]/)[0]),
      ['NAME', '--all-runtimes', '--mode', '--region'],
    )
  })

  test('an access key needs its id and its secret', async () => {
    const flags = await lacking({ ...NAMED, mode: 'access-key', region: 'eu-west-1' })
    assert.match(
      flags.join('\n'),
      /^--access-key-id ID.*\n--secret-access-key-file FILE.*EVERPULL_SECRET_ACCESS_KEY/,
    )
  })

  test('a certificate without a secret to seal is not enough', async () => {
    const given = {
      ...NAMED,
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      region: 'eu-west-1',
      certificateFile: 'c.pem',
    }
    assert.match((await lacking(given)).join('\n'), /the secret access key to seal/)
  })

  test('a store needs a place in it', async () => {
    const store = { kind: 'SecretStore', name: 'vault' } as const
    const given = { ...NAMED, accessKeyId: 'AKIAIOSFODNN7EXAMPLE', region: 'eu-west-1', store }
    assert.match((await lacking(given)).join('\n'), /^--remote-key KEY/)
  })

  test('a bare role needs an account', async () => {
    assert.match(
      (await lacking({ ...NAMED, role: 'reader', region: 'eu-west-1' })).join('\n'),
      /^--account ID/,
    )
  })
})

describe('the region', () => {
  test('is that of the first registry', async () => {
    const given = { ...NAMED, role: ROLE, registries: [HOST] }
    assert.equal(settled(await fillForm(given, { ...NOBODY, region: 'us-east-1' })).region, 'eu-west-1')
  })

  test('is the caller’s own where no registry tells one', async () => {
    const given = { ...NAMED, role: ROLE, registries: ['public.ecr.aws'] }
    assert.equal(settled(await fillForm(given, { ...NOBODY, region: 'us-east-1' })).region, 'us-east-1')
  })

  test('is what the flag says before all else', async () => {
    const given = { ...NAMED, role: ROLE, registries: [HOST], region: 'eu-central-1' }
    assert.equal(settled(await fillForm(given, NOBODY)).region, 'eu-central-1')
  })
})

describe('a role by its bare name', () => {
  const roleOf = async (given: Partial<FormGiven>): Promise<object> =>
    settled(await fillForm({ ...NAMED, role: 'team/reader', ...given }, NOBODY)).access

  test('is one of the account of the registries', async () => {
    assert.deepEqual(await roleOf({ registries: [HOST] }), {
      is: 'role',
      role: 'arn:aws:iam::123456789012:role/team/reader',
    })
  })

  test('is one of the account that is given, in the partition of the region', async () => {
    assert.deepEqual(await roleOf({ account: '210987654321', region: 'cn-north-1', externalId: 'ours' }), {
      is: 'role',
      role: 'arn:aws-cn:iam::210987654321:role/team/reader',
      externalId: 'ours',
    })
  })
})

describe('an edit', () => {
  const KEPT: IntegrationSettings = {
    name: 'ecr-prod',
    runtimes: { is: 'selected', names: ['production'] },
    access: { is: 'access-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: { is: 'kept' } },
    region: 'eu-west-1',
    registries: [HOST],
    namespaces: ['team-a'],
  }
  const given = { ...NOTHING, name: 'ecr-prod' }

  test('keeps what is not given anew', async () => {
    const changed = settled(await fillForm({ ...given, region: 'eu-central-1' }, { ...NOBODY, kept: KEPT }))
    assert.deepEqual(changed, { ...KEPT, region: 'eu-central-1' })
  })

  test('takes it away from all namespaces by a dash', async () => {
    const byFlag = await fillForm({ ...given, namespaces: ['-'] }, { ...NOBODY, kept: KEPT })
    assert.deepEqual(settled(byFlag).namespaces, [])
    const made = await fillForm({ ...NAMED, mode: 'ambient', region: 'eu-west-1', namespaces: ['-'] }, NOBODY)
    assert.equal(settled(made).namespaces, undefined)
  })

  test('of the key id needs the secret of that key', async () => {
    const flags = await lacking({ ...given, accessKeyId: 'AKIAANOTHERKEY000000' }, { ...NOBODY, kept: KEPT })
    assert.match(flags.join('\n'), /^--secret-access-key-file/)
  })

  test('of the mode leaves the key behind', async () => {
    const changed = settled(await fillForm({ ...given, role: ROLE }, { ...NOBODY, kept: KEPT }))
    assert.deepEqual(changed, { ...KEPT, access: { is: 'role', role: ROLE } })
  })

  test('by questions offers what it is first, and the secret as it is', async () => {
    const { questions, offered, left } = answering(
      ['For which runtimes?', 'selected'],
      ['Which of them?', ['production']],
      ['Who asks AWS?', 'access-key'],
      ['Access key id', ''],
      ['How is the secret access key kept?', 'kept'],
      ['Registries', ''],
      ['Region', ''],
      ['Namespaces', ''],
    )
    const runtimes = [{ name: 'production', hosted: false }]
    const changed = settled(await fillForm(given, { runtimes, kept: KEPT, asksAgain: true, questions }))
    assert.deepEqual(changed, KEPT)
    assert.deepEqual(left, [])
    assert.deepEqual(
      [offered[0], offered[3], offered[6]],
      ['selected runtimes', 'access key and secret', 'as it is'],
    )
  })
})

describe('by questions', () => {
  test('only what is missing is asked', async () => {
    const { questions, left } = answering(['Registries', HOST], ['Region', ''], ['Namespaces', ''])
    const { region, registries, namespaces } = settled(
      await fillForm({ ...NAMED, role: ROLE }, { runtimes: [], asksAgain: true, questions }),
    )
    assert.deepEqual([region, registries, namespaces, left], ['eu-west-1', [HOST], undefined, []])
  })

  test('a role is not offered for runtimes that are hosted elsewhere', async () => {
    const { questions, offered } = answering(
      ['Who asks AWS?', 'ambient'],
      ['Registries', ''],
      ['Region', ''],
      ['Namespaces', ''],
    )
    const runtimes = [{ name: 'elsewhere', hosted: true }]
    await fillForm(NAMED, { runtimes, asksAgain: true, questions, region: 'eu-west-1' })
    assert.equal(offered.at(-1), 'IAM role (not for hosted runtimes)')
  })

  test('a secret that is typed is sealed, with the session token of the environment', async () => {
    const { questions } = answering(
      ['How is the secret access key kept?', 'sealed'],
      ['Secret access key', 'a-secret'],
      ['Registries', ''],
      ['Region', ''],
      ['Namespaces', ''],
    )
    const sessionToken = new SecretText('a-token')
    const given = { ...NAMED, accessKeyId: 'ASIAIOSFODNN7EXAMPLE', sessionToken }
    const { access } = settled(
      await fillForm(given, { runtimes: [], asksAgain: true, questions, region: 'eu-west-1' }),
    )
    assert.ok(access.is === 'access-key' && access.secret.is === 'sealed')
    assert.equal(access.secret.secretAccessKey.reveal(), 'a-secret')
    assert.equal(access.secret.sessionToken, sessionToken)
    assert.doesNotMatch(JSON.stringify(access), /a-secret|a-token/)
  })
})
