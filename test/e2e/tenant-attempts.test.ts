// This file is about two tenants of one cluster: whatever mallory orders, nothing of alice's comes to her.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { quiet } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import type { Condition } from '../support/stage.ts'
import type { Attempt } from '../support/tenants/attempt.ts'
import { account, keySecret, MALLORY } from '../support/tenants/manifests.ts'
import { MARKS } from '../support/tenants/marks.ts'
import { roleArn, SETTINGS, type Setting } from '../support/tenants/names.ts'
import { NAMING } from '../support/tenants/naming.ts'
import {
  assertOutcome,
  isTold,
  keyOf,
  type Made,
  type Order,
  ORDERS,
  secretsFor,
  type Seen,
} from '../support/tenants/outcomes.ts'
import { ACCOUNTS, ROLES } from '../support/tenants/roles.ts'
import { alicesObjects, TenantsStage } from '../support/tenants/stage.ts'
import { TEMPLATES } from '../support/tenants/templates.ts'
import { tokensAskedBy, tokensRequested } from '../support/tenants/tokens-asked.ts'
import { alicesThings, Ledger, restOf, secretsOf, textOf } from '../support/tenants/world.ts'

const GROUPS: Readonly<Record<string, readonly Attempt[]>> = {
  naming: NAMING,
  marks: MARKS,
  roles: ROLES,
  accounts: ACCOUNTS,
  templates: TEMPLATES,
}

interface IntegrationSeen {
  readonly status?: { readonly conditions?: readonly Condition[] }
}
interface Named {
  readonly attempt: Attempt
  readonly name: string
}

const attemptsIn = (group: string): readonly Named[] =>
  (GROUPS[group] ?? []).map((attempt, i) => ({ attempt, name: `${group}-${String(i).padStart(2, '0')}` }))

for (const [what, setting] of Object.entries<Setting>(SETTINGS)) {
  describe(`with ${what}, mallory`, { timeout: 600_000 }, () => {
    let tenants: TenantsStage
    let alicesBefore: object
    let seen: Seen
    let made: ReadonlyMap<string, Made>

    before(async () => {
      tenants = await TenantsStage.open(setting)
      const { stage, cast } = tenants
      alicesBefore = await alicesThings(stage)
      const all = Object.keys(GROUPS).flatMap(attemptsIn)
      made = new Map(
        all.map(({ attempt, name }) => [name, { attempt, name, manifests: attempt.makes(name, cast) }]),
      )
      const said = await tenants.tryAll([
        keySecret(MALLORY, 'keys', cast.mallorysKey),
        account('puller', { 'eks.amazonaws.com/role-arn': roleArn('mallory-pods') }),
        ...[...made.values()].flatMap(({ manifests }) => manifests),
      ])
      const orders = await everyOrderTold()
      await quiet(stage)
      // Everybody's, where everybody may use it.
      const shared = setting.isAmbient ? [stage.sandbox.aws.principals.bot.arn, roleArn('alice-open')] : []
      seen = {
        said,
        orders,
        secrets: await secretsOf(stage, MALLORY),
        ledger: await Ledger.read(stage, shared),
      }
    })
    after(() => tenants?.[Symbol.asyncDispose]())

    const everyOrderTold = (): Promise<ReadonlyMap<string, Order>> =>
      eventually(
        'everything that was taken is told of',
        async () => {
          const found = await tenants.stage.get<{ items: readonly Order[] }>(ORDERS, '-n', MALLORY)
          const items = found?.items ?? []
          if (items.length === 0 || !items.every(isTold)) return undefined
          return new Map(items.map((order) => [keyOf(order), order]))
        },
        180_000,
      )

    for (const group of Object.keys(GROUPS)) {
      describe(`by ${group}`, () => {
        for (const { attempt, name } of attemptsIn(group)) {
          const { says, comesTo } = attempt
          const outcome = typeof comesTo === 'function' ? comesTo(setting) : comesTo
          it(`${says}: ${outcome}`, () => {
            const one = made.get(name) ?? assert.fail()
            assertOutcome[outcome](one, seen)
            for (const secret of secretsFor(one, seen))
              assert.deepEqual(seen.ledger.foreignIn(textOf(secret)), [], secret.metadata.name)
          })
        }
      })
    }

    it('would be found out: the Secrets of alice do hold what is looked for', async () => {
      const secrets = await secretsOf(tenants.stage, 'alice')
      const blank = secrets.filter((secret) => seen.ledger.foreignIn(textOf(secret)).length === 0)
      // The operator's identity is nobody's where everybody may use it.
      assert.deepEqual(
        blank.map(({ metadata }) => metadata.name),
        setting.isAmbient ? ['ambient'] : [],
      )
    })

    it('has no credential of anybody else in any Secret in the end', () => {
      assert.ok(seen.secrets.length > 10)
      for (const secret of seen.secrets)
        assert.deepEqual(seen.ledger.foreignIn(textOf(secret)), [], secret.metadata.name)
    })

    it('reads of none in statuses and events, or on accounts', async () => {
      assert.deepEqual(seen.ledger.foreignIn(await restOf(tenants.stage)), [])
    })

    it('would find none in what the operator prints', () => {
      assert.ok(tenants.operator.output.length > 1000)
      assert.deepEqual(seen.ledger.foreignIn(tenants.operator.output), [])
    })

    it('has changed no Secret and no account of alice', async () => {
      assert.deepEqual(await alicesThings(tenants.stage), alicesBefore)
    })

    it('is kept out by the sharing of a role, save where everybody may ask as the operator, which its owner is told', async () => {
      const told = await tenants.stage.get<IntegrationSeen>('ecrintegration', 'alices-role')
      const enforced = told?.status?.conditions?.find(({ type }) => type === 'SharingEnforced')
      assert.equal(enforced?.status, setting.isAmbient ? 'False' : 'True')
    })

    it('may not label her own namespace', async () => {
      await assert.rejects(
        tenants.asMallory('label', 'namespace', MALLORY, 'team=alice', '--overwrite'),
        /Forbidden/,
      )
    })

    it('has had no token issued beyond what an object beside its account asked for', async () => {
      const { stage, cast } = tenants
      const asking = [
        ...[...made.values()].flatMap(({ manifests }) => manifests),
        ...alicesObjects(cast.alicesKey, setting),
      ]
      const asked = new Set(asking.flatMap(tokensAskedBy))
      const requested = await tokensRequested(stage)
      assert.equal(requested.length > 0, setting.hasAccounts)
      assert.deepEqual(
        requested.filter(({ text }) => !asked.has(text)),
        [],
      )
      const forTheServer = [
        cast.issuer,
        'https://kubernetes.default.svc',
        'https://kubernetes.default.svc.cluster.local',
        'kubernetes',
      ]
      assert.deepEqual(
        requested.filter(
          ({ audiences }) => audiences.length === 0 || audiences.some((a) => forTheServer.includes(a)),
        ),
        [],
      )
      const named = setting.flags.find((flag) => flag.startsWith('--service-account-identities='))
      const accounts = named?.split('=')[1]?.split(',')
      if (accounts !== undefined)
        assert.deepEqual(
          requested.filter(({ account: one }) => !accounts.includes(one)),
          [],
        )
    })
  })
}
