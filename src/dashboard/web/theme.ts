/*
 * Colours that those tell apart who do not see all of them (after Okabe and Ito), for light and for dark. Nothing is said by
 * a colour alone: what failed has a mark, and every plot is there as a table too.
 */
const LIGHT = ['#0072b2', '#d98c00', '#00815f', '#b8568c', '#3e9bd6', '#c44e00', '#6a51a3', '#7d7a00', '#525252', '#8c510a']
const DARK = ['#4aa8e0', '#f0ad33', '#2fc29a', '#e58fbb', '#8accf2', '#f07c3e', '#a99be0', '#cfc94a', '#a6a6a6', '#d8a25c']

export interface Theme {
  readonly dark: boolean
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly surface: string
  readonly bad: string
  readonly accent: string
  /** how much larger letters are than on a desk: on a wall they are */
  readonly scale: number
}

let theme: Theme | undefined
const listeners = new Set<() => void>()

export function currentTheme(): Theme {
  if (!theme) {
    const style = getComputedStyle(document.documentElement)
    const of = (name: string): string => style.getPropertyValue(name).trim()
    theme = {
      dark: of('--dark') === '1',
      text: of('--text'),
      muted: of('--muted'),
      line: of('--line'),
      surface: of('--surface'),
      bad: of('--bad'),
      accent: of('--accent'),
      scale: Number.parseFloat(style.fontSize) / 14,
    }
  }
  return theme
}

/** Letters of a plot that are so high on a desk. */
export function plotFont(pixels: number): string {
  return `${Math.round(pixels * currentTheme().scale)}px system-ui, sans-serif`
}

export function onTheme(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** 'auto' follows the system. */
export function setTheme(choice: 'auto' | 'light' | 'dark'): void {
  if (choice === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = choice
  // A report opened from a file may not be let keep anything.
  try {
    localStorage.setItem('heddle-theme', choice)
  } catch {
    // It is chosen anew next time.
  }
  changed()
}

export function chosenTheme(): 'auto' | 'light' | 'dark' {
  try {
    const kept = localStorage.getItem('heddle-theme')
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  } catch {
    return 'auto'
  }
}

function changed(): void {
  theme = undefined
  for (const listener of listeners) listener()
}

for (const query of ['(prefers-color-scheme: dark)', '(min-width: 2200px)']) matchMedia(query).addEventListener('change', changed)

/** The colour of a group, by its number. */
export function colorOf(group: number): string {
  const colors = currentTheme().dark ? DARK : LIGHT
  return colors[group % colors.length]!
}

/** The colours as they stand in the memory of a picture: alpha, blue, green, red. */
export function pixelOf(color: string): number {
  const n = Number.parseInt(color.slice(1), 16)
  return ((255 << 24) | ((n & 255) << 16) | (n & 0xff00) | (n >> 16)) >>> 0
}
