/** One measured figure. Units last; `bar` is the figure that must be reached, absent bars and peers are null. */
export interface Row {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: number | null;
  /** Whether the bar is met; true where there is none. */
  readonly ok: boolean;
  readonly peer: string | null;
  /** Measured in this very run; null where no peer exists or is not installed. Never a remembered figure. */
  readonly peerValue: number | null;
  /** value / peerValue. */
  readonly ratio: number | null;
  /** The command that measures this row again. */
  readonly command: string;
}

export interface Figure {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly bar?: number;
  /** Which side of the bar is good. "near": within 3 % of it. Default "lower". */
  readonly better?: "lower" | "higher" | "near";
  readonly peer?: { readonly name: string; readonly value: number | null };
}

/** What "reproduces the reference" means for J. */
export const NEAR = 0.03;

export function row(noun: string, figure: Figure): Row {
  const { measure, value, unit, bar, better = "lower", peer } = figure;
  const peerValue = peer?.value ?? null;
  return {
    measure,
    value: significant(value),
    unit,
    bar: bar ?? null,
    ok: bar === undefined || meets(value, bar, better),
    peer: peer?.name ?? null,
    peerValue: peerValue === null ? null : significant(peerValue),
    ratio: peerValue === null || peerValue === 0 ? null : significant(value / peerValue),
    command: `npm run bench -- ${noun}`,
  };
}

function meets(value: number, bar: number, better: "lower" | "higher" | "near"): boolean {
  if (better === "near") return Math.abs(value / bar - 1) <= NEAR;
  return better === "lower" ? value <= bar : value >= bar;
}

/** Four significant digits: more would be noise. */
function significant(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value;
}
