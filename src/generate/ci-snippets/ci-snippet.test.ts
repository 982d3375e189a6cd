// This file is about CI snippets as texts: files that their systems can read, with the rule that lets them in.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { ciAccess } from '../../dialects/everpull/ci-access-schema.ts'
import { ciSnippet, isUnfinished, ruleYaml, stepsFor } from './ci-snippet.ts'
import { aSnippet, shellIn } from './snippet-fixture.ts'
import { CI_SYSTEMS } from './snippet.ts'

for (const system of CI_SYSTEMS) {
  describe(`the snippet for ${system}`, () => {
    const text = ciSnippet(system, aSnippet(system))

    it('holds shell that a POSIX shell can read', () => {
      const { script } = shellIn(system, text)
      assert.match(script, /\/(login|docker-config)"/)
      execFileSync('sh', ['-n'], { input: script })
    })

    it('shows no secret as an argument, and none in a trace', () => {
      const { script } = shellIn(system, text)
      const lines = script.split('\n').filter((line) => !/^ *#/.test(line))
      const programs = lines.filter((line) => /^ *(curl|docker|grep)\b|\| *docker/.test(line))
      assert.ok(programs.length > 0)
      const shown = programs.map((line) => line.split('|').at(-1) ?? '')
      assert.deepEqual(
        shown.filter((line) => /\$(token|password|auth|answer|login)\b/.test(line)),
        [],
      )
      assert.ok(lines.indexOf('set +x') < lines.findIndex((line) => line.includes('token=')))
    })

    it('bounds how long it waits, and takes a refusal for a failure', () => {
      const { script } = shellIn(system, text)
      for (const flag of ['--connect-timeout', '--max-time', '--fail-with-body', '--proto =https'])
        assert.ok(script.includes(flag), flag)
    })

    it('begins with the rule, as the integration takes it', () => {
      const { rule } = aSnippet(system)
      const head = text.split('\n').filter((line) => line.startsWith(stepsFor(system).comment))
      const manifest = head.map((line) => line.replace(/^(#|\/\/) ?/, '')).join('\n')
      const found = parse(/^spec:\n(?: .*\n?)+/m.exec(manifest)?.[0] ?? '') as { spec: { ciAccess: unknown } }
      assert.deepEqual(found.spec.ciAccess, [rule])
      assert.deepEqual(ciAccess().parse(parse(ruleYaml(rule))), [{ reuse: false, ...rule }])
    })

    it('leaves the subject open in a way that matches no token', () => {
      const { rule } = aSnippet(system)
      assert.ok(isUnfinished(rule.subject))
      assert.ok(!isUnfinished('repo:org/app:ref:refs/heads/main'))
    })

    it('names the certificate authority and the registry where it is told them', () => {
      const asked = aSnippet(system, { certificateAuthority: '/etc/ca.pem', registry: 'x.example.com' })
      const { script, environment } = shellIn(system, ciSnippet(system, asked))
      assert.match(script, /--cacert "\$CA_FILE"/)
      assert.equal(environment['CA_FILE'], '/etc/ca.pem')
      assert.ok(script.includes(`--data '{"access":"pull","registry":"x.example.com"}'`), script)
      assert.doesNotMatch(shellIn(system, text).script, /CA_FILE|"registry"/)
    })
  })
}

describe('steps in pods of the operator’s own cluster', () => {
  const rule = { ...aSnippet('argo').rule, subject: 'system:serviceaccount:builds:pusher' }

  it('say that the integration has to be shared with their namespace', () => {
    for (const system of ['tekton', 'argo'] as const)
      assert.match(ciSnippet(system, aSnippet(system, { rule })), /spec\.sharing .*: builds\.$/m)
  })

  it('of another cluster need no sharing', () => {
    const elsewhere = { ...rule, issuer: 'https://other.example.com' }
    assert.doesNotMatch(ciSnippet('tekton', aSnippet('tekton', { rule: elsewhere })), /sharing/)
  })

  it('run as the account of the subject where Argo starts them', () => {
    const { spec } = parse(ciSnippet('argo', aSnippet('argo', { rule }))) as {
      spec: { serviceAccountName?: string }
    }
    assert.equal(spec.serviceAccountName, 'pusher')
  })

  it('have a token for the audience of the rule, mounted where they read it', () => {
    const text = ciSnippet('tekton', aSnippet('tekton', { rule }))
    assert.match(text, /serviceAccountToken:\n(?: +#.*\n)* +audience: "https:\/\/everpull\.example\.com"/)
    assert.match(shellIn('tekton', text).script, /^token=\$\(cat \/var\/run\/secrets\/ecr-login\/token\)$/m)
  })
})
