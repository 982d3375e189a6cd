// This file is about variables as a line to paste into a shell.

/** Quoted only where it has to be, so that the usual line stays readable. */
const word = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

export const exportLine = (variables: Readonly<Record<string, string>>): string =>
  `export ${Object.entries(variables)
    .map(([name, value]) => `${name}=${word(value)}`)
    .join(' ')}`
