// This file is about integrations in other layouts, for whoever sits at this machine: brought over from Codefresh, and rendered.
import type { Caller } from './look-around.ts'
import type { LayoutCommands } from './operator/commands/layouts.ts'
import { importInto } from './run-import/import-into.ts'
import { renderLayout } from './run-import/render-layout.ts'

export const openLayouts = (caller: Caller): LayoutCommands => ({
  bringOver: (asked, signal) => importInto(caller, asked, signal),
  render: (asked, signal) => renderLayout(caller, asked, signal),
})
