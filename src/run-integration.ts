// This file is about named integrations for whoever sits at this machine: kept in a repository, looked up in a cluster.
import { readSharedFiles, sharedRegion } from './aws/shared-files.ts'
import type { IntegrationsAsked } from './cli/context.ts'
import type { Caller } from './look-around.ts'
import { CommandFailure } from './operator/commands.ts'
import type { IntegrationCommands } from './operator/commands/kept-integrations.ts'

export async function openIntegrations(
  caller: Caller,
  _asked: IntegrationsAsked,
): Promise<IntegrationCommands> {
  return {
    presets: () => presetsOf(caller),
    open: notYet,
    list: notYet,
    show: notYet,
    usersOf: notYet,
    test: notYet,
  }
}

const notYet = (): Promise<never> => Promise.reject(new CommandFailure('this is not built yet'))

async function presetsOf({ environment }: Caller): Promise<{ readonly region?: string }> {
  const region =
    environment['AWS_REGION'] ??
    environment['AWS_DEFAULT_REGION'] ??
    sharedRegion(environment, await readSharedFiles(environment))
  return region === undefined ? {} : { region }
}
