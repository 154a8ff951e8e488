import * as v from "valibot";
import { POOL_MINUTES, restore } from "./errors.ts";
import { type Forecaster, forecaster, MOST_HORIZON } from "./forecaster.ts";

const bytes = v.pipe(v.string(), v.maxLength(200_000), v.regex(/^[A-Za-z0-9+/]*={0,2}$/, "base64"));
const count = v.pipe(v.number(), v.integer());
const finite = v.pipe(v.number(), v.finite());

/** A forecaster as it is kept between two invocations: JSON, its long rows as base64 of little-endian numbers. About 110 KB. */
export const Packed = v.strictObject({
  v: v.literal(1),
  kind: v.picklist(["regression", "last"]),
  horizon: v.pipe(count, v.minValue(1), v.maxValue(MOST_HORIZON)),
  t: v.pipe(count, v.minValue(-1)),
  known: v.pipe(count, v.minValue(0)),
  /** Scalars of the model, in the order of {@link SCALARS}. */
  numbers: v.pipe(v.array(finite), v.length(8)),
  /** First and last minute of the pools of errors. */
  pool: v.pipe(
    v.strictObject({ from: v.pipe(count, v.minValue(-1)), to: v.pipe(count, v.minValue(-1)) }),
    v.check(({ from, to }) => from <= to && to - from <= POOL_MINUTES, "a span of the pool"),
  ),
  trust: v.strictObject({ own: finite, plain: finite, seen: count, trusted: v.boolean() }),
  rows: v.strictObject({
    recent: bytes,
    fasts: bytes,
    shorts: bytes,
    smooth: bytes,
    weights: bytes,
    covariance: bytes,
    errors: bytes,
    errorSides: bytes,
    levels: bytes,
    spreads: bytes,
    values: bytes,
    sides: bytes,
    features: bytes,
    low: bytes,
    likely: bytes,
    high: bytes,
    came: bytes,
  }),
});
export type Packed = v.InferOutput<typeof Packed>;

type Row = Float32Array | Float64Array | Uint8Array;

/** Every row of a model by name, in its own memory. */
function rowsOf(model: Forecaster): { readonly [K in keyof Packed["rows"]]: Row } {
  const { past, regression, errors, levels, spreads, values, sides, features } = model;
  return {
    recent: past.recent,
    fasts: past.fasts,
    shorts: past.shorts,
    smooth: past.smooth,
    weights: regression.weights,
    covariance: regression.covariance,
    errors: errors.ring,
    errorSides: errors.sides,
    levels,
    spreads,
    values,
    sides,
    features,
    ...model.trail,
  };
}

/** The same numbers with one NaN for all: what a processor makes of 0 × ∞ may have another sign, and equal models are to be packed as equal text. */
const plain = (row: Row): Row => row.map((value: number) => (Number.isNaN(value) ? Number.NaN : value));

/** The model as plain JSON. Unpacked again it forecasts and learns exactly as this one does. */
export function pack(model: Forecaster): Packed {
  const { kind, horizon, t, known, past, errors, trust } = model;
  const rows = rowsOf(model);
  const packed: { [name: string]: string } = {};
  for (const [name, row] of Object.entries(rows)) packed[name] = toBase64(plain(row));
  return {
    v: 1,
    kind,
    horizon,
    t,
    known,
    numbers: [
      model.mean,
      model.fastVariance,
      model.slowVariance,
      past.last,
      past.before,
      past.fast,
      past.short,
      past.long,
    ],
    pool: { from: errors.from, to: errors.to },
    trust: { ...trust },
    rows: packed as Packed["rows"],
  };
}

/** The model that {@link pack} made JSON of; undefined for anything else: then it is learned anew. */
export function unpack(json: unknown): Forecaster | undefined {
  const parsed = v.safeParse(Packed, json);
  if (!parsed.success) return undefined;
  const { kind, horizon, t, known, numbers, pool, trust, rows } = parsed.output;
  const model = forecaster(kind, horizon);
  for (const [name, row] of Object.entries(rowsOf(model))) {
    if (!fill(row, rows[name as keyof Packed["rows"]])) return undefined;
  }
  const [mean, fastVariance, slowVariance, last, before, fast, short, long] = numbers as readonly number[] &
    Record<number, number>;
  const { past } = model;
  restore(model.errors, pool.from, pool.to);
  Object.assign(past, { last, before, fast, short, long });
  Object.assign(model.trust, trust);
  return Object.assign(model, { t, known, mean, fastVariance, slowVariance });
}

/** Characters that are made of code units in one go. */
const CHUNK = 8192;

function toBase64(row: Row): string {
  const raw = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
  let text = "";
  for (let at = 0; at < raw.length; at += CHUNK) text += String.fromCharCode(...raw.subarray(at, at + CHUNK));
  return btoa(text);
}

/** Fills the row; false where the text is not of its length. */
function fill(row: Row, base64: string): boolean {
  let text: string;
  try {
    text = atob(base64);
  } catch {
    return false;
  }
  if (text.length !== row.byteLength) return false;
  const raw = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
  for (let at = 0; at < raw.length; at += 1) raw[at] = text.charCodeAt(at);
  return true;
}
