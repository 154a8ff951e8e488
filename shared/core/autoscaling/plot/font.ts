import type { Place } from "./types.ts";

/** Strokes of one character: unit 1/8 of the height of a capital, baseline at 8, x-height at 2.5. Drawn for Headgate, so that a PNG needs no font. */
interface Glyph {
  readonly width: number;
  /** "M x y", "L x y" and "Q cx cy x y" of SVG paths. */
  readonly path: string;
}

const BOWL = "Q4 2.5 2 2.5Q0 2.5 0 5.25Q0 8 2 8Q4 8 4 5.25";
const BELLY = "M0 5.25Q0 2.5 2 2.5Q4 2.5 4 5.25Q4 8 2 8Q0 8 0 5.25";
const RING = "M2.9 0Q0 0 0 4Q0 8 2.9 8Q5.8 8 5.8 4Q5.8 0 2.9 0";

const GLYPHS: Readonly<Record<string, readonly [width: number, path: string]>> = {
  A: [5.4, "M0 8L2.7 0L5.4 8M.9 5.4L4.5 5.4"],
  B: [4.7, "M0 3.8L2.6 3.8Q4.7 3.8 4.7 5.9Q4.7 8 2.6 8L0 8L0 0L2.5 0Q4.3 0 4.3 1.9Q4.3 3.8 2.5 3.8"],
  C: [5, "M5 1.6Q4.4 0 2.8 0Q0 0 0 4Q0 8 2.8 8Q4.4 8 5 6.4"],
  D: [5.2, "M0 0L2.2 0Q5.2 0 5.2 4Q5.2 8 2.2 8L0 8L0 0"],
  E: [4.2, "M4.2 0L0 0L0 8L4.2 8M0 3.9L3.7 3.9"],
  F: [4.1, "M4.1 0L0 0L0 8M0 3.9L3.6 3.9"],
  G: [5.3, "M5.1 1.6Q4.5 0 2.9 0Q0 0 0 4Q0 8 2.9 8Q5.3 8 5.3 5.2L5.3 4.4L3 4.4"],
  H: [5, "M0 0L0 8M5 0L5 8M0 3.9L5 3.9"],
  I: [0, "M0 0L0 8"],
  J: [3.2, "M3.2 0L3.2 5.9Q3.2 8 1.6 8Q.1 8 0 6.2"],
  K: [4.8, "M0 0L0 8M4.6 0L0 5M1.7 3.3L4.8 8"],
  L: [4, "M0 0L0 8L4 8"],
  M: [6, "M0 8L0 0L3 6L6 0L6 8"],
  N: [5, "M0 8L0 0L5 8L5 0"],
  O: [5.8, RING],
  P: [4.6, "M0 8L0 0L2.5 0Q4.6 0 4.6 2.2Q4.6 4.4 2.5 4.4L0 4.4"],
  Q: [5.8, `${RING}M3.6 6L5.8 8.6`],
  R: [4.8, "M0 8L0 0L2.5 0Q4.6 0 4.6 2.2Q4.6 4.4 2.5 4.4L0 4.4M2.5 4.4L4.8 8"],
  S: [4.8, "M4.5 1.5Q4 0 2.4 0Q.3 0 .3 1.9Q.3 3.5 2.4 3.9Q4.8 4.3 4.8 6Q4.8 8 2.4 8Q.5 8 0 6.4"],
  T: [5, "M0 0L5 0M2.5 0L2.5 8"],
  U: [5, "M0 0L0 5.4Q0 8 2.5 8Q5 8 5 5.4L5 0"],
  V: [5.2, "M0 0L2.6 8L5.2 0"],
  W: [7.4, "M0 0L1.8 8L3.7 1L5.6 8L7.4 0"],
  X: [4.8, "M0 0L4.8 8M4.8 0L0 8"],
  Y: [5, "M0 0L2.5 4.2L5 0M2.5 4.2L2.5 8"],
  Z: [4.6, "M0 0L4.6 0L0 8L4.6 8"],
  a: [4, `M4 2.5L4 8M4 5.25${BOWL}`],
  b: [4, `M0 0L0 8${BELLY}`],
  c: [3.7, "M3.7 3.8Q3.2 2.5 2 2.5Q0 2.5 0 5.25Q0 8 2 8Q3.2 8 3.7 6.7"],
  d: [4, `M4 0L4 8M4 5.25${BOWL}`],
  e: [4, "M0 5.1L4 5.1Q3.9 2.5 2 2.5Q0 2.5 0 5.25Q0 8 2.1 8Q3.3 8 3.8 6.9"],
  f: [2.7, "M2.7 .1Q1.1 -.3 1.1 1.7L1.1 8M0 2.7L2.5 2.7"],
  g: [4, `M4 2.5L4 8.2Q4 10.5 2 10.5Q.7 10.5 .3 9.5M4 5.25${BOWL}`],
  h: [3.8, "M0 0L0 8M0 4.8Q.2 2.5 2 2.5Q3.8 2.5 3.8 4.8L3.8 8"],
  i: [0, "M0 2.5L0 8M0 .2L0 .5"],
  j: [1.1, "M1.1 2.5L1.1 8.8Q1.1 10.5 -.2 10.4M1.1 .2L1.1 .5"],
  k: [3.7, "M0 0L0 8M3.5 2.5L0 5.9M1.3 4.7L3.7 8"],
  l: [0, "M0 0L0 8"],
  m: [6.2, "M0 2.5L0 8M0 4.6Q.2 2.5 1.7 2.5Q3.1 2.5 3.1 4.6L3.1 8M3.1 4.6Q3.3 2.5 4.8 2.5Q6.2 2.5 6.2 4.6L6.2 8"],
  n: [3.8, "M0 2.5L0 8M0 4.8Q.2 2.5 2 2.5Q3.8 2.5 3.8 4.8L3.8 8"],
  o: [4.2, "M2.1 2.5Q0 2.5 0 5.25Q0 8 2.1 8Q4.2 8 4.2 5.25Q4.2 2.5 2.1 2.5"],
  p: [4, `M0 2.5L0 10.5${BELLY}`],
  q: [4, `M4 2.5L4 10.5M4 5.25${BOWL}`],
  r: [2.3, "M0 2.5L0 8M0 5Q.2 2.4 2.3 2.6"],
  s: [3.6, "M3.4 3.7Q3 2.5 1.8 2.5Q.2 2.5 .2 3.8Q.2 4.9 1.8 5.2Q3.6 5.5 3.6 6.6Q3.6 8 1.8 8Q.4 8 0 6.9"],
  t: [2.6, "M1.1 .8L1.1 6.6Q1.1 8.1 2.6 7.9M0 2.7L2.5 2.7"],
  u: [3.8, "M0 2.5L0 5.7Q0 8 1.8 8Q3.6 8 3.8 5.7M3.8 2.5L3.8 8"],
  v: [4, "M0 2.5L2 8L4 2.5"],
  w: [5.8, "M0 2.5L1.4 8L2.9 3.4L4.4 8L5.8 2.5"],
  x: [3.8, "M0 2.5L3.8 8M3.8 2.5L0 8"],
  y: [4, "M0 2.5L2 8M4 2.5L1.7 9.1Q1.2 10.5 0 10.4"],
  z: [3.6, "M0 2.5L3.6 2.5L0 8L3.6 8"],
  0: [4.4, "M2.2 0Q0 0 0 4Q0 8 2.2 8Q4.4 8 4.4 4Q4.4 0 2.2 0"],
  1: [4.4, "M.8 1.7L2.7 0L2.7 8"],
  2: [4.4, "M.2 2.1Q.3 0 2.2 0Q4.2 0 4.2 2.1Q4.2 3.6 2.4 5.3L0 8L4.4 8"],
  3: [4.4, "M.3 1.6Q.7 0 2.2 0Q4.1 0 4.1 1.9Q4.1 3.8 1.8 3.8Q4.4 3.8 4.4 5.9Q4.4 8 2.2 8Q.4 8 0 6.3"],
  4: [4.5, "M3.4 8L3.4 0L0 5.6L4.5 5.6"],
  5: [4.4, "M4 0L.7 0L.4 3.8Q1.1 3 2.2 3Q4.4 3 4.4 5.5Q4.4 8 2.1 8Q.5 8 0 6.5"],
  6: [4.4, "M3.9 1.2Q3.4 0 2.3 0Q0 0 0 4.6Q0 8 2.2 8Q4.4 8 4.4 5.5Q4.4 3.1 2.3 3.1Q.3 3.1 0 5.2"],
  7: [4.4, "M0 0L4.4 0L1.6 8"],
  8: [
    4.4,
    "M2.2 3.8Q.4 3.8 .4 1.9Q.4 0 2.2 0Q4 0 4 1.9Q4 3.8 2.2 3.8Q0 3.8 0 5.9Q0 8 2.2 8Q4.4 8 4.4 5.9Q4.4 3.8 2.2 3.8",
  ],
  9: [4.4, "M4.4 2.8Q4.1 4.9 2.1 4.9Q0 4.9 0 2.5Q0 0 2.2 0Q4.4 0 4.4 3.4Q4.4 8 2.1 8Q1 8 .5 6.8"],
  " ": [1.2, ""],
  ".": [0, "M0 7.8L0 8"],
  ",": [0.4, "M.4 7.8L0 9.3"],
  ":": [0, "M0 3.4L0 3.6M0 7.8L0 8"],
  ";": [0.4, "M.4 3.4L.4 3.6M.4 7.8L0 9.3"],
  "!": [0, "M0 0L0 5.6M0 7.8L0 8"],
  "?": [3.6, "M0 1.7Q.2 0 1.8 0Q3.6 0 3.6 1.8Q3.6 3.1 2.3 3.9Q1.7 4.4 1.7 5.7M1.7 7.8L1.7 8"],
  "-": [2.4, "M0 5L2.4 5"],
  "\u2013": [4, "M0 5L4 5"],
  "\u2014": [6, "M0 5L6 5"],
  _: [4.4, "M0 9.2L4.4 9.2"],
  "+": [4.4, "M0 4.8L4.4 4.8M2.2 2.6L2.2 7"],
  "=": [4.4, "M0 3.7L4.4 3.7M0 6L4.4 6"],
  "\u00d7": [3.6, "M0 3L3.6 6.6M3.6 3L0 6.6"],
  "*": [3, "M1.5 0L1.5 3.2M.1 .7L2.9 2.5M2.9 .7L.1 2.5"],
  "/": [2.8, "M0 9L2.8 -.6"],
  "\\": [2.8, "M0 -.6L2.8 9"],
  "|": [0, "M0 -.6L0 9.6"],
  "(": [1.6, "M1.6 -.6Q0 1.4 0 4.3Q0 7.4 1.6 9.4"],
  ")": [1.6, "M0 -.6Q1.6 1.4 1.6 4.3Q1.6 7.4 0 9.4"],
  "[": [1.5, "M1.5 -.6L0 -.6L0 9.4L1.5 9.4"],
  "]": [1.5, "M0 -.6L1.5 -.6L1.5 9.4L0 9.4"],
  "{": [2.2, "M2.2 -.6Q1 -.6 1 1L1 3Q1 4.4 0 4.4Q1 4.4 1 5.8L1 7.8Q1 9.4 2.2 9.4"],
  "}": [2.2, "M0 -.6Q1.2 -.6 1.2 1L1.2 3Q1.2 4.4 2.2 4.4Q1.2 4.4 1.2 5.8L1.2 7.8Q1.2 9.4 0 9.4"],
  "<": [4, "M4 2.4L0 4.8L4 7.2"],
  ">": [4, "M0 2.4L4 4.8L0 7.2"],
  "%": [
    6.6,
    "M5.6 0L1 8M1.5 0Q0 0 0 1.9Q0 3.8 1.5 3.8Q3 3.8 3 1.9Q3 0 1.5 0M5.1 4.2Q3.6 4.2 3.6 6.1Q3.6 8 5.1 8Q6.6 8 6.6 6.1Q6.6 4.2 5.1 4.2",
  ],
  "#": [5, "M1.6 0L.9 8M4.1 0L3.4 8M.2 2.6L5 2.6M0 5.4L4.8 5.4"],
  "&": [
    5.4,
    "M5.4 8L1.2 2.6Q.4 1.4 1 .6Q1.6 -.2 2.6 .1Q3.7 .6 3.3 1.9Q3 2.8 1.4 3.7Q0 4.6 0 6Q.1 8 2.1 8Q4.4 8 4.9 4.4",
  ],
  "@": [
    7.4,
    "M5.2 2.6L5.2 5.2Q5.3 6.6 6.2 6.4Q7.4 6 7.4 4Q7.2 .2 3.7 .2Q0 .4 0 4.6Q.2 9 4 9Q5.2 9 6 8.5M5.2 4.4Q5 2.4 3.6 2.4Q2 2.6 2 4.5Q2 6.4 3.5 6.4Q5 6.3 5.2 4.4",
  ],
  $: [
    4.8,
    "M4.5 1.7Q4 .4 2.4 .4Q.3 .4 .3 2.1Q.3 3.6 2.4 4Q4.8 4.4 4.8 5.9Q4.8 7.6 2.4 7.6Q.5 7.6 0 6.2M2.4 -.7L2.4 8.7",
  ],
  '"': [1.4, "M0 0L0 2.4M1.4 0L1.4 2.4"],
  "'": [0, "M0 0L0 2.4"],
  "`": [1, "M0 0L1 1.4"],
  "^": [3.6, "M0 2.6L1.8 0L3.6 2.6"],
  "~": [4, "M0 5.2Q.6 3.9 1.8 4.8Q3.2 5.8 4 4.4"],
  "\u00b7": [0, "M0 4.7L0 4.9"],
  "\u2026": [4, "M0 7.8L0 8M2 7.8L2 8M4 7.8L4 8"],
};

/** What stands for a character that is not drawn: a box. */
const UNKNOWN: Glyph = { width: 4, path: "M0 0L4 0L4 8L0 8L0 0" };
/** Between two characters. */
const GAP = 1.75;
/** One unit at a size of 1: a capital is 0.72 of the size high. */
const UNIT = 0.72 / 8;

const glyphOf = (character: string): Glyph => {
  const own = Object.hasOwn(GLYPHS, character) ? GLYPHS[character] : undefined;
  return own ? { width: own[0], path: own[1] } : UNKNOWN;
};

/** Characters as they are drawn: accents are left off rather than shown as boxes. */
const characters = (text: string): readonly string[] => [...text.normalize("NFD").replace(/\p{M}/gu, "")];

/** Width in pixels. */
export function textWidth(text: string, size: number): number {
  const all = characters(text);
  const units = all.reduce((sum, one) => sum + glyphOf(one).width + GAP, 0);
  return all.length === 0 ? 0 : (units - GAP) * UNIT * size;
}

/** A text as strokes, from `x` on, on the baseline `y`. */
export function textStrokes(text: string, x: number, y: number, size: number): readonly (readonly Place[])[] {
  const unit = UNIT * size;
  const strokes: Place[][] = [];
  let from = x;
  for (const one of characters(text)) {
    const { width, path } = glyphOf(one);
    for (const stroke of flatten(path)) strokes.push(stroke.map(([px, py]) => [from + px * unit, y + (py - 8) * unit]));
    from += (width + GAP) * unit;
  }
  return strokes;
}

const PIECES = 6;

/** Curves as straight pieces, which at the size of a label nobody can tell apart. */
function flatten(path: string): readonly (readonly Place[])[] {
  const strokes: Place[][] = [];
  for (const [, command, numbers = ""] of path.matchAll(/([MLQ])([^MLQ]*)/g)) {
    const values = (numbers.match(/-?(?:\d+\.?\d*|\.\d+)/g) ?? []).map(Number);
    const [a = 0, b = 0, c = 0, d = 0] = values;
    const stroke = strokes.at(-1);
    if (command === "M" || !stroke) strokes.push([[a, b]]);
    else if (command === "L") stroke.push([a, b]);
    else {
      const [x, y] = stroke.at(-1) as Place;
      for (let piece = 1; piece <= PIECES; piece += 1) {
        const t = piece / PIECES;
        const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
        stroke.push([p * x + q * a + r * c, p * y + q * b + r * d]);
      }
    }
  }
  return strokes;
}
