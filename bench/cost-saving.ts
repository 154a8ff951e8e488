import { prove } from "../shared/core/cost/proof/prove.ts";
import { madeChange } from "../test/cost/made-series.ts";
import { type Row, row } from "./row.ts";

const NOUN = "cost-saving";
const SEEDS = 500;

interface Tried {
  readonly told: number;
  readonly close: number;
  readonly inside: number;
  /** Median of |realised / true − 1|. */
  readonly error: number;
  /** The same of the mean before less the mean after, which is what a person with a bill does. */
  readonly meanOff: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function tries(noise: number, load: boolean, overlap: boolean): Tried {
  const errors: number[] = [];
  const means: number[] = [];
  let inside = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const form = (["amount", "share", "per_load"] as const)[seed % (load ? 3 : 2)] ?? "share";
    const made = madeChange({ seed, before: 56, after: 28, noise, form, load, overlap });
    const { realised } = prove(made);
    const mean = (all: typeof made.days): number => all.reduce((sum, { cost }) => sum + cost, 0) / all.length;
    const plain = 28 * (mean(made.days.slice(0, 56)) - mean(made.days.slice(57)));
    means.push(Math.abs(plain / made.truth - 1));
    if (!realised) continue;
    errors.push(Math.abs(realised.soFar / made.truth - 1));
    if (realised.soFarLow <= made.truth && made.truth <= realised.soFarHigh) inside += 1;
  }
  return {
    told: errors.length,
    close: errors.filter((error) => error <= 0.02).length / SEEDS,
    inside: inside / Math.max(1, errors.length),
    error: median(errors),
    meanOff: median(means),
  };
}

/** Changes that are made up in bills with weekdays and growth: how near the realised saving comes to the true one. */
export async function bench(): Promise<readonly Row[]> {
  return [
    [0, true, "none, load known", 2, false],
    [0.005, true, "0.5 %, load known", 2, false],
    [0.01, true, "1 %, load known", 2, false],
    [0.005, true, "0.5 %, another change meanwhile", 2, true],
    [0.005, false, "0.5 %, load not known", undefined, false],
    [0.03, true, "3 %, load known", undefined, false],
  ].flatMap(([noise, load, name, bar, overlap]): readonly Row[] => {
    const { told, close, inside, error, meanOff } = tries(noise as number, load as boolean, overlap as boolean);
    return [
      row(NOUN, {
        measure: `realised saving, ${SEEDS} injected changes, noise ${name}: off the true one (median)`,
        value: error * 100,
        unit: "%",
        peer: { name: "mean before − mean after", value: meanOff * 100 },
        ...(bar === undefined ? {} : { bar: bar as number }),
      }),
      row(NOUN, { measure: `  within 2 % (noise ${name})`, value: close * 100, unit: "%" }),
      row(NOUN, { measure: `  told at all (noise ${name})`, value: (told / SEEDS) * 100, unit: "%" }),
      row(NOUN, { measure: `  truth within its interval (noise ${name})`, value: inside * 100, unit: "%" }),
    ];
  });
}
