// This file is about the little of SVG that charts are drawn with; readers see them on light and on dark pages.

/** Colours of subjects, by place; each is told from its neighbours without colour vision, on both backgrounds. */
const COLOURS = {
  light: ['#0b6e99', '#b35900', '#8c4bab', '#6b6b6b'],
  dark: ['#4fb8e3', '#f0a04b', '#c792ea', '#a8a8a8'],
}

const style = (): string => {
  const fills = (colours: readonly string[]): string =>
    colours.map((colour, i) => `.c${i}{fill:${colour}}.l${i}{stroke:${colour}}`).join('')
  return (
    'text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.quiet{fill:#59636e}' +
    `.grid{stroke:#d1d9e0}polyline{fill:none;stroke-width:2}${fills(COLOURS.light)}` +
    '@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.grid{stroke:#3d444d}' +
    `${fills(COLOURS.dark)}}`
  )
}

/** A whole document; `title` is what those hear who do not see it. */
export const svg = (width: number, height: number, title: string, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">\n` +
  `<title>${escaped(title)}</title>\n<style>${style()}</style>\n${parts.join('\n')}\n</svg>\n`

interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly look?: 'title' | 'quiet'
}

export function text(x: number, y: number, words: string, { anchor, look }: TextOptions = {}): string {
  const place = anchor === undefined ? '' : ` text-anchor="${anchor}"`
  const style = look === undefined ? '' : ` class="${look}"`
  return `<text x="${round(x)}" y="${round(y)}"${place}${style}>${escaped(words)}</text>`
}

export const bar = (x: number, y: number, width: number, height: number, colour: number): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="2" class="c${colour}"/>`

export const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="grid"/>`

export const curve = (points: readonly (readonly [number, number])[], colour: number): string =>
  `<polyline points="${points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')}" class="l${colour}"/>` +
  points.map(([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3" class="c${colour}"/>`).join('')

const round = (n: number): string => String(Math.round(n * 10) / 10)

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
