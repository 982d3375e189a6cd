// This file is about what AWS's shared files mean.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProfiles, sharedRegion } from './shared-files.ts'

const rows: readonly { name: string; text: string; expected: Record<string, Record<string, string>> }[] = [
  {
    name: 'sections and settings are trimmed',
    text: '[default]\naws_access_key_id=AKIA\n  role_arn = arn:x \r\n[profile dev]\nregion=eu-west-1',
    expected: {
      default: { aws_access_key_id: 'AKIA', role_arn: 'arn:x' },
      'profile dev': { region: 'eu-west-1' },
    },
  },
  {
    name: 'a comment begins a line or follows a blank, and values may hold its signs',
    text: '# a\n; b\n[default] ; c\nkey=a#b;c # d',
    expected: { default: { key: 'a#b;c' } },
  },
  {
    name: 'a value may hold equals signs',
    text: '[default]\nkey = a=b==',
    expected: { default: { key: 'a=b==' } },
  },
  {
    name: 'nested settings are left out',
    text: '[default]\ns3 =\n  endpoint_url = http://x\nregion = y',
    expected: { default: { region: 'y' } },
  },
  {
    name: 'a section that comes twice is one, and later settings win',
    text: '[a]\nx=1\ny=1\n[b]\n[a]\nx=2',
    expected: { a: { x: '2', y: '1' }, b: {} },
  },
  { name: 'settings before any section belong to nobody', text: 'x=1', expected: {} },
  { name: 'lines without an equals sign say nothing', text: '[a]\nhello\n=x', expected: { a: {} } },
]
for (const { name, text, expected } of rows) {
  test(name, () => {
    const found = [...parseProfiles(text)].map(([section, values]) => [section, Object.fromEntries(values)])
    assert.deepEqual(Object.fromEntries(found), expected)
  })
}

const regions: readonly {
  name: string
  profile?: string
  config?: string
  credentials?: string
  region?: string
}[] = [
  { name: 'the default profile’s region', config: '[default]\nregion=a', region: 'a' },
  {
    name: 'the chosen profile’s region',
    profile: 'dev',
    config: '[default]\nregion=a\n[profile dev]\nregion=b',
    region: 'b',
  },
  {
    name: 'the credentials file’s where the config file has none',
    credentials: '[default]\nregion=c',
    region: 'c',
  },
  {
    name: 'the config file’s before the credentials file’s',
    config: '[default]\nregion=a',
    credentials: '[default]\nregion=c',
    region: 'a',
  },
  { name: 'none', config: '[profile other]\nregion=a' },
]
for (const { name, profile, config, credentials, region } of regions) {
  test(`the shared files give ${name}`, () => {
    assert.equal(
      sharedRegion(profile === undefined ? {} : { AWS_PROFILE: profile }, { config, credentials }),
      region,
    )
  })
}
