import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { CallNode } from '../../../events/index.js'
import { useWidth } from '../elements.js'
import { duration, percent } from '../format.js'
import { colorOf, currentTheme, onTheme, plotFont } from '../theme.js'

const ROW = 20
const NARROWEST = 1.5

interface Box {
  readonly node: CallNode
  readonly depth: number
  /** shares of the width */
  readonly from: number
  readonly to: number
}

/** A call tree as a flame graph: wide is long, what lies on top was called from below. Click to look closer. */
export function Flame({ root, find }: { root: CallNode; find: string }): ComponentChild {
  const [box, width] = useWidth()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [path, setPath] = useState<readonly CallNode[]>([])
  const [tip, setTip] = useState<{ x: number; y: number; box: Box } | undefined>()
  const shown = path.at(-1) ?? root
  useEffect(() => setPath([]), [root])
  const boxes = useMemo(() => boxesOf(shown, width), [shown, width])
  const depth = boxes.reduce((most, { depth: d }) => Math.max(most, d), 0) + 1
  const draw = (): void => {
    if (canvas.current && width > 0) paint(canvas.current, boxes, width, depth, shown.total, find)
  }
  useEffect(draw)
  useEffect(() => onTheme(draw), [boxes, find])
  const at = (e: PointerEvent): Box | undefined =>
    boxes.find((b) => Math.floor(e.offsetY / ROW) === b.depth && e.offsetX >= b.from * width && e.offsetX < b.to * width)
  return h(
    'div',
    { ref: box, class: 'flame' },
    h(
      'p',
      { class: 'crumbs' },
      h('button', { type: 'button', disabled: path.length === 0, onClick: () => setPath([]) }, 'All'),
      path.map((node, i) => h('button', { type: 'button', onClick: () => setPath(path.slice(0, i + 1)) }, nameOf(node))),
    ),
    h('canvas', {
      ref: canvas,
      tabIndex: 0,
      role: 'img',
      'data-boxes': String(boxes.length),
      style: { height: `${depth * ROW}px` },
      'aria-label': `Flame graph of ${duration(shown.total / 1000)}. Enter looks into the widest call, Escape goes back. The same is in the table.`,
      onPointerMove: (e: PointerEvent) => {
        const found = at(e)
        setTip(found && { x: e.offsetX, y: e.offsetY, box: found })
      },
      onPointerLeave: () => setTip(undefined),
      onClick: (e: PointerEvent) => {
        const found = at(e)
        if (found && found.node !== shown) setPath([...path, found.node])
      },
      onKeyDown: (e: KeyboardEvent) => {
        const widest = [...shown.children].sort((a, b) => b.total - a.total)[0]
        if (e.key === 'Enter' && widest) setPath([...path, widest])
        else if (e.key === 'Escape' || e.key === 'Backspace') setPath(path.slice(0, -1))
        else return
        e.preventDefault()
      },
    }),
    tip
      ? h(
          'div',
          {
            class: 'tip',
            style: {
              left: tip.x > width / 2 ? 'auto' : `${tip.x + 12}px`,
              right: tip.x > width / 2 ? `${width - tip.x + 12}px` : 'auto',
              top: `${tip.y + 40}px`,
            },
          },
          h('strong', null, nameOf(tip.box.node)),
          h(
            'span',
            null,
            `${duration(tip.box.node.total / 1000)}, ${percent(tip.box.node.total / Math.max(1e-9, root.total))} of all`,
          ),
          h('span', null, `${duration(tip.box.node.self / 1000)} in itself`),
          tip.box.node.frame.url ? h('span', null, placeOf(tip.box.node)) : null,
        )
      : null,
  )
}

/** A function without a name is known by its place. */
export function nameOf(node: CallNode): string {
  return node.frame.name || (node.frame.url === '' ? '(anonymous)' : `⟨${placeOf(node).split('/').at(-1)}⟩`)
}

/** Where a function is: the end of its path, and the line. */
export function placeOf({ frame: { url, line } }: CallNode): string {
  const path = url
    .replace(/^file:\/\//, '')
    .split('/')
    .slice(-3)
    .join('/')
  return path === '' ? '' : `${path}:${line}`
}

function boxesOf(root: CallNode, width: number): Box[] {
  const boxes: Box[] = []
  const add = (node: CallNode, depth: number, from: number, to: number): void => {
    if ((to - from) * width < NARROWEST) return
    boxes.push({ node, depth, from, to })
    let at = from
    for (const child of [...node.children].sort((a, b) => b.total - a.total)) {
      const share = ((to - from) * child.total) / Math.max(1e-9, node.total)
      add(child, depth + 1, at, at + share)
      at += share
    }
  }
  add(root, 0, 0, 1)
  return boxes
}

function paint(
  canvas: HTMLCanvasElement,
  boxes: readonly Box[],
  width: number,
  depth: number,
  total: number,
  find: string,
): void {
  const theme = currentTheme()
  const ratio = devicePixelRatio
  canvas.width = width * ratio
  canvas.height = depth * ROW * ratio
  const context = canvas.getContext('2d')!
  context.scale(ratio, ratio)
  context.font = plotFont(12)
  context.textBaseline = 'middle'
  const wanted = find.toLowerCase()
  for (const { node, depth: d, from, to } of boxes) {
    const x = from * width
    const w = Math.max(1, (to - from) * width - 1)
    const faint = wanted !== '' && !node.frame.name.toLowerCase().includes(wanted)
    context.globalAlpha = faint ? 0.25 : total === 0 ? 0.5 : 1
    context.fillStyle = colorOf(fileNumber(node.frame.url))
    context.fillRect(x, d * ROW, w, ROW - 1)
    if (w < 30) continue
    context.fillStyle = theme.dark ? '#0b0d12' : '#ffffff'
    const name = nameOf(node)
    const room = Math.floor((w - 8) / (6.4 * theme.scale))
    if (room >= 3) context.fillText(name.length > room ? `${name.slice(0, room - 1)}…` : name, x + 4, d * ROW + ROW / 2)
  }
  context.globalAlpha = 1
}

/** Functions of one file have one colour. */
function fileNumber(url: string): number {
  let hash = 0
  for (let i = 0; i < url.length; i++) hash = (hash * 31 + url.charCodeAt(i)) >>> 0
  return hash
}
