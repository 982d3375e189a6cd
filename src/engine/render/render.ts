// This file is about turning logins into the data of a Secret, whatever the shape.
import { type Fault, fault } from '../../model/fault.ts'
import type { Login } from '../../model/login.ts'
import type { Shape } from '../../model/shape.ts'
import { dockerConfigFlaw, renderDockerConfig } from './docker-config.ts'
import { renderKeyValues } from './key-values.ts'
import type { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { Rendered } from './rendered.ts'
import { renderTemplates } from './template-data.ts'

const DOCKER_CONFIG_TYPE = 'kubernetes.io/dockerconfigjson'
const DOCKER_CONFIG_KEY = '.dockerconfigjson'

/** `type` is the Secret's: what a dockerconfigjson Secret carries is checked before anybody could pull with it. */
export function render(
  shape: Shape,
  logins: readonly Login[],
  type: string | undefined,
  parsed: ParsedTemplates,
): Rendered | Fault {
  const rendered = renderShape(shape, logins, parsed)
  const config = 'is' in rendered ? undefined : rendered.data.get(DOCKER_CONFIG_KEY)
  if (config === undefined || type !== DOCKER_CONFIG_TYPE) return rendered
  const flaw = dockerConfigFlaw(config.toString())
  return flaw === undefined
    ? rendered
    : fault('output-invalid', `key "${DOCKER_CONFIG_KEY}" is no docker config: ${flaw}`)
}

function renderShape(shape: Shape, logins: readonly Login[], parsed: ParsedTemplates): Rendered | Fault {
  switch (shape.is) {
    case 'docker-config':
      return {
        data: new Map([[DOCKER_CONFIG_KEY, renderDockerConfig(shape, logins)]]),
        labels: {},
        annotations: {},
      }
    case 'key-values': {
      const data = renderKeyValues(shape, logins)
      return 'is' in data ? data : { data, labels: {}, annotations: {} }
    }
    case 'template':
      return renderTemplates(shape, logins, parsed)
  }
}
