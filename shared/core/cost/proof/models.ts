import { dot, type Solved, solve, spread } from "./regress.ts";
import type { SavingForm } from "./types.ts";

/** One day as the models see it: scaled so that what is typical is about one. */
export interface Row {
  /** Cost, over the mean cost. */
  readonly y: number;
  /** Load, over the mean load. */
  readonly load?: number;
  readonly weekday: number;
  /** −½..½ over the days. */
  readonly time: number;
  /** Which changes are in force; the first is the one to be proven. */
  readonly on: readonly boolean[];
}

export interface Shape {
  readonly load: boolean;
  /** `growing`: the difference between weekdays grows with the cost. */
  readonly weekdays: "no" | "same" | "growing";
  readonly trend: boolean;
  /** Of the change to be proven, and of the others. */
  readonly form: SavingForm;
  readonly otherForm: SavingForm;
  /** Whether it speaks of logarithms: season, growth and noise in proportion to the cost. */
  readonly log: boolean;
}

export interface FittedShape {
  readonly shape: Shape;
  /** Saving of the first change over the rows in which it is on, and the variance of that. */
  readonly saving: number;
  readonly variance: number;
  readonly freedom: number;
  readonly residuals: readonly number[];
  /** Log of how well it explains the rows, less what its parameters could explain by chance (BIC, Schwarz 1978). */
  readonly evidence: number;
}

/** A fit is never taken for better than this share of the cost: bills are rounded. */
const LEAST_NOISE = 1e-6;
const STEPS = 12;

/** What the bill would be without any change. */
function base(row: Row, { load, weekdays, trend, log }: Shape): number[] {
  const out = [1];
  if (load) out.push(log ? Math.log(row.load as number) : (row.load as number));
  if (trend) out.push(row.time);
  if (weekdays === "no") return out;
  for (let day = 0; day < 6; day += 1) out.push(row.weekday === day ? 1 : row.weekday === 6 ? -1 : 0);
  if (weekdays === "growing")
    for (let day = 0; day < 6; day += 1) out.push(row.weekday === day ? row.time : row.weekday === 6 ? -row.time : 0);
  return out;
}

/** Fits one shape; undefined where the rows cannot tell its parameters. */
export const fitShape = (rows: readonly Row[], shape: Shape): FittedShape | undefined =>
  shape.log ? fitLog(rows, shape) : fitPlain(rows, shape);

function judged(
  shape: Shape,
  residuals: readonly number[],
  { inverse }: Solved,
  saving: number,
  gradient: readonly number[],
  jacobian: number,
): FittedShape {
  const n = residuals.length;
  const width = gradient.length;
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  const freedom = n - width;
  const noise = Math.max(squares / freedom, LEAST_NOISE ** 2);
  const likely = -0.5 * n * Math.log(Math.max(squares / n, LEAST_NOISE ** 2)) + jacobian;
  return {
    ...{ shape, saving, residuals, freedom },
    variance: noise * spread(gradient, inverse),
    evidence: likely - 0.5 * width * Math.log(n),
  };
}

/**
 * What the bill would be, less the share that each change of that form takes off it, less the amounts that the others take off a day or a unit of load.
 * Shares make it bend: Gauss and Newton's steps from no change at all.
 */
function fitPlain(rows: readonly Row[], shape: Shape): FittedShape | undefined {
  const changes = rows[0]?.on.length ?? 0;
  const forms = Array.from({ length: changes }, (_, at) => (at === 0 ? shape.form : shape.otherForm));
  const bases = rows.map((row) => base(row, shape));
  const width = bases[0]?.length ?? 0;
  /** What is left of the whole where a change takes a share; what an amount adds to a day (less than zero: it saves). */
  const effect: number[] = forms.map((form) => (form === "share" ? 1 : 0));
  const per = (row: Row, change: number): number => (forms[change] === "per_load" ? (row.load as number) : 1);
  const left = (row: Row, without?: number): number =>
    row.on.reduce(
      (product, on, at) => (on && at !== without && forms[at] === "share" ? product * (effect[at] as number) : product),
      1,
    );
  const amounts = (row: Row): number =>
    row.on.reduce(
      (sum, on, at) => (on && forms[at] !== "share" ? sum + (effect[at] as number) * per(row, at) : sum),
      0,
    );
  const start = solve(
    bases.map((row, at) => [
      ...row,
      ...(rows[at] as Row).on.map((on, change) => (on ? per(rows[at] as Row, change) : 0)),
    ]),
    rows.map(({ y }) => y),
  );
  if (!start) return undefined;
  const beta = start.beta.slice(0, width);
  const bends = forms.includes("share");
  let solved: Solved = start;
  if (bends) {
    for (let step = 0; step < STEPS; step += 1) {
      const x = rows.map((row, at) => {
        const rest = left(row);
        const whole = dot(bases[at] as number[], beta);
        return [
          ...(bases[at] as number[]).map((value) => value * rest),
          ...row.on.map((on, change) =>
            !on ? 0 : forms[change] === "share" ? whole * left(row, change) : per(row, change),
          ),
        ];
      });
      const missed = rows.map((row, at) => row.y - dot(bases[at] as number[], beta) * left(row) - amounts(row));
      const next = solve(x, missed);
      if (!next) return undefined;
      solved = next;
      for (let at = 0; at < width; at += 1) beta[at] = (beta[at] as number) + (next.beta[at] as number);
      for (let at = 0; at < changes; at += 1) effect[at] = (effect[at] as number) + (next.beta[width + at] as number);
      if (next.beta.every((value) => Math.abs(value) < 1e-9)) break;
    }
  } else for (let at = 0; at < changes; at += 1) effect[at] = start.beta[width + at] as number;
  if (!effect.every((one, at) => Number.isFinite(one) && (forms[at] !== "share" || (one > -1 && one < 10))))
    return undefined;
  const residuals = rows.map((row, at) => row.y - dot(bases[at] as number[], beta) * left(row) - amounts(row));
  const gradient = new Array<number>(width + changes).fill(0);
  let saving = 0;
  rows.forEach((row, at) => {
    if (!row.on[0]) return;
    const own = bases[at] as number[];
    if (forms[0] !== "share") {
      saving -= (effect[0] as number) * per(row, 0);
      gradient[width] = (gradient[width] as number) - per(row, 0);
      return;
    }
    const [whole, rest] = [dot(own, beta), left(row, 0)];
    const off = 1 - (effect[0] as number);
    saving += off * whole * rest;
    for (let i = 0; i < width; i += 1) gradient[i] = (gradient[i] as number) + off * rest * (own[i] as number);
    gradient[width] = (gradient[width] as number) - whole * rest;
    for (let j = 1; j < changes; j += 1)
      if (row.on[j] && forms[j] === "share")
        gradient[width + j] = (gradient[width + j] as number) + (off * whole * rest) / ((effect[j] as number) || 1);
  });
  return judged(shape, residuals, solved, saving, gradient, 0);
}

/** The same in logarithms: what is without the change is what was, over what the change left of it. */
function fitLog(rows: readonly Row[], shape: Shape): FittedShape | undefined {
  const x = rows.map((row) => [...base(row, shape), ...row.on.map((on) => (on ? 1 : 0))]);
  const y = rows.map((row) => Math.log(row.y));
  const solved = solve(x, y);
  if (!solved) return undefined;
  const residuals = x.map((row, at) => (y[at] as number) - dot(row, solved.beta));
  const first = (x[0]?.length ?? 0) - (rows[0]?.on.length ?? 0);
  const was = rows.reduce((sum, row) => sum + (row.on[0] ? row.y : 0), 0);
  const more = Math.exp(-(solved.beta[first] as number));
  const gradient = solved.beta.map((_, at) => (at === first ? -was * more : 0));
  const jacobian = -y.reduce((sum, value) => sum + value, 0);
  return judged(shape, residuals, solved, was * (more - 1), gradient, jacobian);
}
