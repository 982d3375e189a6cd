// This file is about how requests of the Kubernetes API are read, row by row.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passingRequest } from './passing-request.ts'

const ROWS = [
  ['GET /api/v1/namespaces/apps/secrets/one', 'secrets apps one'],
  ['POST /api/v1/namespaces/apps/secrets?fieldManager=x', 'secrets apps '],
  ['GET /api/v1/secrets?limit=500', 'secrets  '],
  ['GET /api/v1/secrets?watch=true', 'secrets   watched'],
  ['GET /api/v1/namespaces/apps', 'namespaces  apps'],
  ['PATCH /apis/a.io/v1/namespaces/apps/things/one/status', 'things/status apps one'],
  ['PATCH /apis/a.io/v1/things/one/status', 'things/status  one'],
  ['PUT /apis/coordination.k8s.io/v1/namespaces/apps/leases/everpull', 'leases apps everpull'],
  ['POST /api/v1/namespaces/apps/serviceaccounts/one/token', 'serviceaccounts/token apps one'],
  ['GET /apis/a.io/v1', '  '],
  ['GET /version', '  '],
] as const

for (const [line, expected] of ROWS) {
  test(`${line} is read as "${expected}"`, () => {
    const [method = '', target = ''] = line.split(' ')
    const { resource, namespace, name, isWatch } = passingRequest(method, target)
    assert.equal(`${resource} ${namespace} ${name}${isWatch ? ' watched' : ''}`, expected)
  })
}
