// This file is about IAM's patterns: `*` for any text, `?` for one character.

const toRegExp = (pattern: string, flags: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    `s${flags}`,
  )

export const matchesPattern = (pattern: string, value: string): boolean => toRegExp(pattern, '').test(value)

/** Actions are matched without regard to case. */
export const matchesAction = (pattern: string, action: string): boolean =>
  pattern === '*' || toRegExp(pattern, 'i').test(action)
