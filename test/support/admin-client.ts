// This file is about our own Kubernetes client, with the admin's rights, for tests that watch or measure.
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { connect } from '../../src/kube/transport.ts'
import type { Stage } from './stage.ts'

/** Close it before the stage. */
export async function adminClient(stage: Stage): Promise<KubeClient> {
  const clock = systemClock
  const access = await loadKubeconfig(stage.sandbox.kubeconfigPath, undefined, { clock })
  return connect(access, { clock, random: systemRandom, userAgent: 'somebody' })
}
