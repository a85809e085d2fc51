import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ResourceSample, type TaskRecord, renderProfile } from '../../src/diagnostics/index.js'
import { binary, decimal, plotScale } from '../../src/diagnostics/plot-scale.js'

const task = (
  label: string,
  lane: number,
  start: number,
  end: number,
  outcome: TaskRecord['outcome'] = 'finished',
): TaskRecord => ({
  key: `${label}:${start}`,
  label,
  outcome,
  start,
  end,
  seconds: outcome === 'failed' ? 0 : (end - start) / 1000,
  lane,
})
const sample = (time: number, cpu: number, rss: number): ResourceSample => ({
  time,
  cpu,
  rss,
  heap: rss / 4,
  arrayBuffers: rss / 2,
  processes: 0,
})

/** The elements of an SVG text, after checking that they nest, that attributes are quoted, and that nothing else looks like markup. */
function elements(svg: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const found: { name: string; attributes: Record<string, string>; text: string }[] = []
  const open: (typeof found)[number][] = []
  let at = 0
  const chars = (text: string): void => {
    assert.doesNotMatch(text, /[<>]|&(?!(?:amp|lt|gt|quot);)/)
    if (open.at(-1)) open.at(-1)!.text += text
    else assert.equal(text.trim(), '')
  }
  for (const match of svg.matchAll(/<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>/g)) {
    const [tag, closing, name, attributes, selfClosing] = match
    chars(svg.slice(at, match.index))
    at = match.index + tag.length
    if (closing) assert.equal(open.pop()!.name, name)
    else {
      const element = {
        name: name!,
        attributes: Object.fromEntries(Array.from(attributes!.matchAll(/ ([a-zA-Z:-]+)="([^"]*)"/g), (a) => [a[1]!, a[2]!])),
        text: '',
      }
      found.push(element)
      if (!selfClosing) open.push(element)
    }
  }
  chars(svg.slice(at))
  assert.deepEqual(open, [])
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/)
  return found
}

const marks = (svg: string) =>
  elements(svg).filter(
    ({ name, text, attributes }) =>
      name === 'rect' && /f\d/.test(attributes.class ?? '') && text === '' && attributes.rx === undefined,
  )

test('a task is a rectangle, as long as it took, in the row of its lane', () => {
  const rects = marks(
    renderProfile({ tasks: [task('a', 0, 5000, 6000), task('b', 1, 6000, 6500), task('b', 0, 6500, 7000)] }),
  ).map(({ attributes }) => ({
    style: attributes.class,
    x: Number(attributes.x),
    y: Number(attributes.y),
    width: Number(attributes.width),
  }))
  assert.equal(rects.length, 3)
  const [a, b0, b1] = rects
  assert.equal(a!.y, b0!.y)
  assert.ok(b1!.y > a!.y)
  assert.equal(b0!.style, b1!.style)
  assert.notEqual(a!.style, b0!.style)
  // Two seconds in all; a pixel is left between neighbours.
  assert.ok(Math.abs((a!.width + 1) / (b1!.width + 1) - 2) < 0.01)
  assert.ok(Math.abs(b1!.x - a!.x - (a!.width + 1)) < 0.01)
})

test('failed tasks are crosses that say so', () => {
  const all = elements(renderProfile({ tasks: [task('a', 0, 0, 100), task('bad', 0, 200, 200, 'failed')] }))
  assert.equal(all.filter(({ attributes }) => attributes.class === 'failed').length, 1)
  assert.ok(all.some(({ name, text }) => name === 'title' && text === 'bad failed: bad:200'))
})

test('samples are lines over the same time', () => {
  const samples = [sample(0, 0, 2 ** 20), sample(500, 150, 2 ** 21), sample(1000, 50, 2 ** 21)]
  const lines = elements(renderProfile({ samples, tasks: [task('a', 0, 0, 1000)] })).filter(({ attributes }) =>
    attributes.class?.endsWith(' line'),
  )
  assert.equal(lines.length, 4)
  const points = lines.map(({ attributes }) =>
    attributes
      .d!.slice(1)
      .split('L')
      .map((point) => point.split(' ').map(Number)),
  )
  const [rect] = marks(renderProfile({ samples, tasks: [task('a', 0, 0, 1000)] }))
  for (const line of points) {
    assert.equal(line.length, 3)
    assert.equal(line[0]![0], Number(rect!.attributes.x))
    assert.ok(Math.abs(line[1]![0]! * 2 - line[0]![0]! - line[2]![0]!) < 0.02)
  }
  // The processor's peak is in the middle, memory does not fall.
  const [cpu, memory] = points
  assert.ok(cpu![1]![1]! < cpu![0]![1]! && cpu![1]![1]! < cpu![2]![1]!)
  assert.ok(memory![0]![1]! > memory![1]![1]! && memory![1]![1] === memory![2]![1])
})

test('however many tasks, the image stays small, and names say how many are one mark', () => {
  const tasks = Array.from({ length: 200_000 }, (_, i) => task(i % 3 === 0 ? 'a' : 'b', i % 2, i / 10, i / 10 + 0.1))
  const svg = renderProfile({ tasks })
  assert.ok(svg.length < 1_000_000, `${svg.length}`)
  assert.ok(elements(svg).some(({ text }) => /^b: [\d,]+ tasks, /.test(text)))
})

test('any labels, any numbers: well-formed, and nothing outside of the picture', () => {
  const time = fc.double({ min: 0, max: 1e7, noNaN: true })
  const tasks = fc.array(
    fc
      .record({
        label: fc.oneof(fc.string(), fc.constantFrom('<b>&"', 'a', 'b')),
        lane: fc.nat(300),
        start: time,
        length: fc.double({ min: 0, max: 1e5, noNaN: true }),
        failed: fc.boolean(),
      })
      .map(({ label, lane, start, length, failed }) =>
        task(label, lane, start, failed ? start : start + length, failed ? 'failed' : 'finished'),
      ),
  )
  const samples = fc
    .array(fc.tuple(time, fc.nat(6400), fc.nat(2 ** 40)).map(([t, cpu, rss]) => sample(t, cpu, rss)))
    .map((all) => all.sort((a, b) => a.time - b.time))
  fc.assert(
    fc.property(tasks, samples, (t, s) => {
      const svg = renderProfile({ tasks: t, samples: s })
      const all = elements(svg)
      const height = Number(all[0]!.attributes.height)
      for (const { name, attributes } of all) {
        if (name !== 'rect' || attributes.x === undefined) continue
        assert.ok(Number(attributes.x) >= 0 && Number(attributes.x) + Number(attributes.width) <= 961, JSON.stringify(attributes))
        assert.ok(Number(attributes.y) >= 0 && Number(attributes.y) + Number(attributes.height) <= height)
      }
    }),
  )
})

test('ticks are round, evenly spaced, and not too many', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
      fc.integer({ min: 2, max: 10 }),
      fc.constantFrom(decimal, binary),
      (max, most, steps) => {
        const scale = plotScale(max, 10, 110, most, steps)
        assert.ok(scale.ticks.length <= most + 1)
        assert.ok(scale.ticks.at(-1)! <= max * (1 + 1e-6))
        const step = scale.ticks[1] ?? max
        const mantissa = step / steps.base ** Math.floor(Math.log(step) / Math.log(steps.base) + 1e-9)
        if (scale.ticks.length > 1)
          assert.ok(
            [...steps.steps, steps.base].some((s) => Math.abs(s - mantissa) < 1e-6),
            String(mantissa),
          )
        assert.equal(scale(0), 10)
        assert.ok(Math.abs(scale(max) - 110) < 1e-9)
      },
    ),
  )
})
