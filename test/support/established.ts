// This file is about waiting until every definition is served: `kubectl wait` fails on one that has no conditions yet.
import { eventually } from './eventually.ts'

interface Definitions {
  readonly items: readonly {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
  }[]
}

/** `kubectl` runs with the arguments given and resolves to what it printed. */
export async function established(kubectl: (...args: string[]) => Promise<string>): Promise<void> {
  await eventually(
    'every definition is established',
    async () => {
      const { items } = JSON.parse(
        await kubectl('get', 'customresourcedefinitions', '-o', 'json'),
      ) as Definitions
      return (
        items.length > 0 &&
        items.every(({ status }) =>
          status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'),
        )
      )
    },
    60_000,
  )
}
