// This file is about the docker config, byte for byte, and about what is none.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aLogin, aSession } from '../../../test/support/builders.ts'
import { SecretText } from '../../base/secret-text.ts'
import { dockerConfigFlaw, renderDockerConfig } from './docker-config.ts'

const login = (password: string) => aLogin({ password: new SecretText(password) })
const HOST = 'test.dkr.ecr.abc.amazonaws.com'

describe('a docker config', () => {
  it('is compact JSON in the order docker writes, without a newline', () => {
    const bytes = renderDockerConfig({ is: 'docker-config', hosts: [{ host: HOST, login: 0 }] }, [
      login('test'),
    ])
    assert.equal(
      bytes.toString(),
      `{"auths":{"${HOST}":{"username":"AWS","password":"test","auth":"QVdTOnRlc3Q="}}}`,
    )
  })

  it('holds each host with its own login, as given and in the order given', () => {
    const hosts = [
      { host: 'b.example', login: 1 },
      { host: 'https://a.example/v1/', login: 0 },
    ]
    const bytes = renderDockerConfig({ is: 'docker-config', hosts }, [login('one'), login('two')])
    assert.equal(
      bytes.toString(),
      '{"auths":{"b.example":{"username":"AWS","password":"two","auth":"QVdTOnR3bw=="},' +
        '"https://a.example/v1/":{"username":"AWS","password":"one","auth":"QVdTOm9uZQ=="}}}',
    )
  })

  it('has no entry for a login that opens no registry', () => {
    const bytes = renderDockerConfig({ is: 'docker-config', hosts: [{ host: HOST, login: 0 }] }, [aSession()])
    assert.equal(bytes.toString(), '{"auths":{}}')
  })

  it('is one that its own reader takes', () => {
    const bytes = renderDockerConfig({ is: 'docker-config', hosts: [{ host: HOST, login: 0 }] }, [
      login('a"b\n'),
    ])
    assert.equal(dockerConfigFlaw(bytes.toString()), undefined)
  })
})

describe('a text that should be a docker config', () => {
  const rows: readonly (readonly [string, string, RegExp | undefined])[] = [
    ['is one with hosts', '{"auths":{"a":{"auth":"eDp5"}}}', undefined],
    ['is one without hosts', '{"auths":{}}', undefined],
    ['is one with other members', '{"auths":{},"credHelpers":{}}', undefined],
    ['is none when it is empty', '', /not JSON/],
    ['is none when a newline broke it', '{"auths":{"a":{"password":"x\n"}}}', /not JSON/],
    ['is none without auths', '{"a":{"auth":"eDp5"}}', /no object "auths"/],
    ['is none when auths is a list', '{"auths":[]}', /no object "auths"/],
    ['is none when auths is null', '{"auths":null}', /no object "auths"/],
    ['is none when it is a list', '[]', /no object "auths"/],
    ['is none when it is null', 'null', /no object "auths"/],
  ]
  for (const [name, text, flaw] of rows) {
    it(name, () => {
      const found = dockerConfigFlaw(text)
      if (flaw === undefined) assert.equal(found, undefined)
      else assert.match(found ?? '', flaw)
    })
  }

  it('is told apart without repeating any of it', () => {
    for (const text of ['{"auths":{"a":{"password":"wJalrXUtnFEMI', '{"wJalrXUtnFEMI":1}']) {
      assert.doesNotMatch(dockerConfigFlaw(text) ?? '', /wJalrXUtnFEMI/)
    }
  })
})
