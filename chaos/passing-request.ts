// This file is about reading a request of the Kubernetes API from its first line, as RBAC and the audit log know it.
import type { PassingRequest } from './front.ts'

/** `/api/v1/…` or `/apis/GROUP/VERSION/…`, then the namespace where there is one, the resource, a name, a subresource. */
const RESOURCE =
  /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[^/]+))?$/

export function passingRequest(method: string, target: string): PassingRequest {
  const { pathname, searchParams } = new URL(target, 'http://front')
  const { namespace = '', resource = '', name = '', sub } = RESOURCE.exec(pathname)?.groups ?? {}
  return {
    method,
    path: target,
    resource: sub === undefined ? resource : `${resource}/${sub}`,
    namespace,
    name,
    isWatch: ['1', 'true'].includes(searchParams.get('watch') ?? ''),
  }
}
