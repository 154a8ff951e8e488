import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { type Event, factorAt } from "./events.ts";
import { type Forecaster, level, spread, table } from "./forecaster.ts";
import { worse } from "./trust.ts";
import type { Forecast } from "./types.ts";

export interface Issue {
  /** Start of the newest minute that was pushed. */
  readonly knownAt: Millis;
  /** Units per second that keep one reference task busy. */
  readonly perTask: number;
  readonly events?: readonly Event[];
}

/** The forecast as a decision is given it; undefined while nothing is known, or where the newest minute is not. */
export function expected(model: Forecaster, { knownAt, perTask, events = [] }: Issue): Forecast | undefined {
  const [usual, error] = [level(model), spread(model)];
  if (!Number.isFinite(usual) || !Number.isFinite(error)) return undefined;
  const at = knownAt + model.horizon * MINUTE_MS;
  const root = Math.sqrt(factorAt(events, at));
  return {
    at,
    knownAt,
    level: usual * root,
    spread: error * root,
    errors: table(model),
    perTask,
    mean: model.mean,
    minutes: model.known,
    forecaster: model.kind,
    ...trustOf(model),
  };
}

/** Whether it is worth going by, and why not. */
export function trustOf({ kind, trust }: Forecaster): Pick<Forecast, "trusted" | "why"> {
  if (kind === "last" || trust.trusted) return { trusted: true };
  return { trusted: false, why: `its recent error is ${worse(trust).toFixed(1)} times that of the last value` };
}
