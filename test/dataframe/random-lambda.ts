import * as fc from 'fast-check'

/** A row whose columns hold no nulls. */
export interface FuzzRow {
  readonly n: number
  readonly m: number
  readonly s: string
  readonly t: string
  readonly b: boolean
  readonly d: Date
  readonly l: readonly number[]
}

const special = fc.constantFrom(
  0,
  -0,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e21,
  -1e-7,
  NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  4294967296.5,
  0.1,
)
const words = fc.constantFrom(
  '',
  'a',
  'A',
  'abc',
  'ß',
  'İ',
  '👨‍👩‍👧',
  '\ue000x',
  '  x\u00a0',
  'x\ny',
  '12',
  '1e3',
  "it's",
  'null',
)

export const rows: fc.Arbitrary<FuzzRow[]> = fc.array(
  fc.record({
    n: fc.oneof(fc.double(), special),
    m: fc.integer({ min: -100, max: 100 }),
    s: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), words),
    t: fc.oneof(fc.string({ maxLength: 6 }), words),
    b: fc.boolean(),
    d: fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
    l: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 20 },
)

const call = (name: string, ...args: fc.Arbitrary<string>[]) => fc.tuple(...args).map((given) => `${name}(${given.join(', ')})`)
const method = (of: fc.Arbitrary<string>, name: string, ...args: fc.Arbitrary<string>[]) =>
  fc.tuple(of, ...args).map(([value, ...given]) => `(${value}).${name}(${given.join(', ')})`)
// A constant below zero may not stand before ** as it is.
const infix = (a: fc.Arbitrary<string>, operators: readonly string[], b: fc.Arbitrary<string>) =>
  fc.tuple(a, fc.constantFrom(...operators), b).map(([x, operator, y]) => `((${x}) ${operator} ${y})`)
const choice = (test: fc.Arbitrary<string>, of: fc.Arbitrary<string>) =>
  fc.tuple(test, of, of).map(([c, x, y]) => `(${c} ? ${x} : ${y})`)
const small = fc.constantFrom('0', '1', '2', '3', '-1', '-2')

const unary = 'abs floor ceil trunc round sqrt sign cbrt exp log log2 sin atan'.split(' ').map((name) => `Math.${name}`)

/** Expressions over `f` by the type that they have. */
export const { number, text, boolean } = fc.letrec<{ number: string; text: string; boolean: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'f.n',
      'f.m',
      'f.s.length',
      'f.l.length',
      'f.d.getTime()',
      'f.d.getUTCMonth()',
      'f.d.getUTCDay()',
      'f.d.getUTCMilliseconds()',
    ),
    fc.constantFrom('0', '-0', '1', '2.5', '60', 'NaN', 'Infinity', '1e21', '(0.1 + 0.2)'),
    infix(tie('number'), ['+', '-', '*', '/', '%'], tie('number')),
    infix(tie('number'), ['&', '|', '^', '<<', '>>', '>>>', '**'], tie('number')),
    fc.tuple(fc.constantFrom(...unary), tie('number')).map(([name, x]) => `${name}(${x})`),
    call('Math.min', tie('number'), tie('number')),
    call('Math.max', tie('number'), tie('number')),
    call('Math.atan2', tie('number'), tie('number')),
    fc.tuple(tie('number')).map(([x]) => `(-(${x}))`),
    choice(tie('boolean'), tie('number')),
    infix(tie('number'), ['&&', '||', '??'], tie('number')),
    method(tie('text'), 'indexOf', tie('text')),
    method(tie('text'), 'charCodeAt', small),
    call('Number', tie('text')),
    call('parseFloat', tie('text')),
    fc.tuple(tie('text')).map(([s]) => `(${s}).length`),
  ),
  text: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('f.s', 'f.t', "'S'", "''", "'ß'", "'👍'", String.raw`'it\'s'`),
    infix(tie('text'), ['+'], tie('text')),
    infix(tie('text'), ['+'], tie('number')),
    fc.tuple(tie('number'), tie('boolean')).map(([x, y]) => `\`\${${x}}|\${${y}}\``),
    ...['toUpperCase', 'toLowerCase', 'trim', 'trimStart', 'trimEnd'].map((name) => method(tie('text'), name)),
    method(tie('text'), 'slice', small, small),
    method(tie('text'), 'substring', small, small),
    method(tie('text'), 'charAt', small),
    method(tie('text'), 'padStart', small, fc.constant("'ab'")),
    method(tie('text'), 'replace', tie('text'), tie('text')),
    method(tie('text'), 'replaceAll', fc.constantFrom("'a'", '/[a-c]/g'), tie('text')),
    call('String', tie('number')),
    choice(tie('boolean'), tie('text')),
    infix(tie('text'), ['&&', '||'], tie('text')),
    method(tie('number'), 'toFixed', fc.constantFrom('0', '2')),
  ),
  boolean: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('f.b', 'true', 'false'),
    infix(tie('number'), ['<', '<=', '>', '>=', '===', '!=='], tie('number')),
    infix(tie('text'), ['<', '<=', '>', '>=', '===', '!=='], tie('text')),
    infix(tie('boolean'), ['&&', '||', '===', '!=='], tie('boolean')),
    fc.oneof(tie('boolean'), tie('number'), tie('text')).map((x) => `!(${x})`),
    method(tie('text'), 'startsWith', tie('text')),
    method(tie('text'), 'endsWith', tie('text')),
    method(tie('text'), 'includes', tie('text')),
    fc
      .tuple(fc.constantFrom('/^a/', '/[^a-z]+$/i', '/.b?/', '/\\s|\\d{2}/', '/^.{2}$/'), tie('text'))
      .map(([re, s]) => `${re}.test(${s})`),
    fc.tuple(tie('number')).map(([x]) => `[1, 2.5, NaN].includes(${x})`),
    fc.tuple(tie('text')).map(([x]) => `['a', 'ß'].includes(${x})`),
    method(fc.constant('f.l'), 'includes', small),
    fc.constantFrom("(f.d > new Date('2000-01-01'))", "(f.d <= new Date('1969-12-31T23:59:59.999Z'))", '(f.d >= f.d)'),
    call('Number.isNaN', tie('number')),
    call('Number.isInteger', tie('number')),
    call('Boolean', fc.oneof(tie('number'), tie('text'), tie('boolean'))),
  ),
}))

/** A row whose columns may be null. */
export interface NullRow {
  readonly n: number | null
  readonly m: number | null
  readonly s: string | null
  readonly b: boolean | null
  readonly d: Date | null
}

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null, freq: 2 })

export const nullRows: fc.Arbitrary<NullRow[]> = fc.array(
  fc.record({
    n: orNull(special),
    m: orNull(fc.constantFrom(0, 1, 2.5)),
    s: orNull(words),
    b: orNull(fc.boolean()),
    d: orNull(fc.constantFrom(new Date(0), new Date('2024-02-29'))),
  }),
  { minLength: 1, maxLength: 20 },
)

/** Expressions that compile without `!` over columns that may be null: what they mean is what JavaScript means. */
export const nullable = fc.letrec<{ number: string; text: string; boolean: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      '(f.n ?? 0)',
      '(f.m ?? f.n ?? 7)',
      '(f.n || 1)',
      '(f.m ? 1 : 2)',
      '(f.s ?? "").length',
      'Number(f.n)',
      'Number(f.s)',
      '(f.d?.getTime() ?? 5)',
    ),
    infix(tie('number'), ['+', '*', '||', '&&'], tie('number')),
    choice(tie('boolean'), tie('number')),
  ),
  text: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      '(f.s ?? "z")',
      "(f.s + '!')",
      'String(f.s)',
      'String(f.n)',
      '`${f.n}|${f.b}|${f.s}`',
      "(f.s || 'none')",
      '(f.s?.toUpperCase() ?? "")',
    ),
    infix(tie('text'), ['+', '||', '&&'], tie('text')),
    choice(tie('boolean'), tie('text')),
  ),
  boolean: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      '(f.n === null)',
      '(f.n !== f.m)',
      '(f.n === f.m)',
      '(f.s !== "a")',
      '(f.s == null)',
      '!f.n',
      '!f.s',
      '!f.b',
      '!f.d',
      'Boolean(f.d)',
    ),
    fc.constantFrom(
      'Number.isNaN(f.n)',
      'Number.isInteger(f.n)',
      '[1, null].includes(f.n)',
      '["a", "ß"].includes(f.s)',
      '!["a"].includes(f.s)',
      '(f.b ?? true)',
    ),
    infix(tie('boolean'), ['&&', '||', '===', '!=='], tie('boolean')),
    infix(tie('number'), ['<', '>=', '==='], tie('number')),
    fc.tuple(tie('boolean')).map(([x]) => `!(${x})`),
    fc.tuple(tie('boolean')).map(([x]) => `(f.b && ${x})`),
    fc.tuple(tie('boolean')).map(([x]) => `(${x} || f.b)`),
  ),
}))
