// This file is about the options that say which cluster is meant.
import type { ClusterChoice } from '../operator/commands.ts'

export const clusterChosen = (given: { kubeconfig?: string; context?: string }): ClusterChoice => ({
  ...(given.kubeconfig === undefined ? {} : { kubeconfig: given.kubeconfig }),
  ...(given.context === undefined ? {} : { context: given.context }),
})
