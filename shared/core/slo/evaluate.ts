import { MINUTE_MS, type Millis } from "../kernel/time.ts";
import { budgetSums, windowSums } from "./sums.ts";
import { firesIn, SLOT, type Track } from "./track.ts";
import type { BudgetLook, BurnRow, Look, Objective, RowLook, Severity, Status, Sums } from "./types.ts";

/** Ten events that came as rates may add up to 9.999999. */
const ROUNDING = 1e-6;
/** An invalid minute is shown for so long. */
export const INVALID_MINUTES = 5;
/** A budget that was spent counts as refilled below this share: a rolling window goes to and fro at the edge. */
export const REFILLED = 0.95;
/** While an alert is on, a decision is due so often, which sends it again. */
export const AGAIN_MS = 12 * 60 * MINUTE_MS;
/** Not one event in the period is worth an alert once somebody has looked for so long. */
const SILENT_MS = 24 * 60 * MINUTE_MS;

/** The least a window must hold, a hair below what is configured. */
export const least = (events: number): number => events - ROUNDING;

/** The error ratio above which a row fires. */
export const boundOfRow = ({ allowed }: Pick<Objective, "allowed">, { factor }: Pick<BurnRow, "factor">): number =>
  factor * allowed;

/** Bad events among all; undefined where there are none: nothing on no data reads as 0 or 100 %. */
export const ratioOf = ({ bad, total }: Pick<Sums, "bad" | "total">): number | undefined =>
  total > 0 ? bad / total : undefined;

export type Thresholds = Pick<Objective, "allowed" | "minEvents" | "minBad">;

/**
 * Whether a row fires: both windows above the bound, both with enough events, and as many minutes known of the long window as the short one has.
 * Where nothing is known of the short window, a row that fires goes on while the long one alone says so: an outage of the
 * metrics is not the end of an incident.
 */
export function rowFires(
  objective: Thresholds,
  row: Pick<BurnRow, "factor" | "shortMs">,
  long: Sums,
  short: Sums,
  before: boolean,
): { readonly fires: boolean; readonly held: boolean } {
  const bound = boundOfRow(objective, row);
  const events = least(objective.minEvents);
  const isAbove = (sums: Sums) => sums.total >= events && sums.total > 0 && sums.bad / sums.total > bound;
  const longSays = isAbove(long) && long.bad >= least(objective.minBad) && long.known >= row.shortMs / MINUTE_MS;
  const held = longSays && before && short.known === 0;
  return { fires: held || (longSays && isAbove(short)), held };
}

/** Everything a decision needs, as of the newest minute; what fires is noted in the track for the next look. */
export function look(objective: Objective, track: Track): Look {
  const seen = lookOf(objective, track);
  const bits = seen.rows.reduce((sum, { fires }, index) => sum + (fires ? 2 ** index : 0), 0);
  track.head[SLOT.rows] = bits;
  track.head[SLOT.exhausted] = seen.spent ? 1 : 0;
  return seen;
}

/** The same for whoever only shows it: nothing is noted. */
export function lookOf(objective: Objective, track: Track): Look {
  const { head } = track;
  const at = head[SLOT.at] as number;
  const rows = objective.rows.map((row, index): RowLook => {
    const long = windowSums(track, row, row.longMs);
    const short = windowSums(track, row, row.shortMs);
    const { fires, held } = rowFires(objective, row, long, short, firesIn(track, index));
    return { name: row.name, severity: row.severity, long, short, fires, ...(held ? { held: true as const } : {}) };
  });
  const budget = budgetSums(track, objective.period);
  const spent = isSpent(objective, budget, head[SLOT.exhausted] === 1);
  const [startedAt, knownAt, invalidAt] = [head[SLOT.startedAt], head[SLOT.knownAt], head[SLOT.invalidAt]] as number[];
  const isInvalid = invalidAt !== undefined && invalidAt >= 0 && at - invalidAt < INVALID_MINUTES * MINUTE_MS;
  const never = (knownAt ?? -1) < 0;
  const since = never ? (startedAt ?? at) : (knownAt as number);
  return {
    ...{ at, rows, budget, spent, followedSince: startedAt ?? at },
    ...(since < at ? { unknownSince: since } : {}),
    ...(never ? { never: true as const } : {}),
    ...(isInvalid ? { invalidAt } : {}),
  };
}

/** Bad events that the whole period may have, taking minutes nobody knows (and those to come of a month) for as busy as the others. */
export const budgetOf = ({ allowed }: Pick<Objective, "allowed">, budget: BudgetLook): number | undefined =>
  budget.known === 0 || budget.total <= 0 ? undefined : (allowed * budget.total * budget.minutes) / budget.known;

/** Share of the period's budget that is spent: 1 is all of it. Undefined without a single event. */
export function spentOf(objective: Pick<Objective, "allowed">, budget: BudgetLook): number | undefined {
  const whole = budgetOf(objective, budget);
  return whole === undefined ? undefined : budget.bad / whole;
}

export function isSpent(objective: Pick<Objective, "allowed">, budget: BudgetLook, before: boolean): boolean {
  const spent = spentOf(objective, budget);
  return spent === undefined ? before : spent >= (before ? REFILLED : 1);
}

/** What an objective is, by one look: the worst of what is true comes first in `status`, the rest is beside it. */
export interface Standing {
  readonly status: Status;
  /** The worst severity of the rows that fire, whatever the status. */
  readonly burning?: Severity;
  /** Rows that fire. */
  readonly rows: readonly string[];
  readonly exhausted: boolean;
  /** Worth an alert: nothing known for long, or not one event. */
  readonly absent: boolean;
  readonly invalid: boolean;
  /** No alert goes out. */
  readonly dry: boolean;
}

export const isDry = ({ dry }: Pick<Objective, "dry">, at: Millis): boolean =>
  dry === true || (dry !== undefined && at < dry.until);

/** Judges a look. `before`: what fired and was spent at the last one. */
export function standing(
  objective: Objective,
  seen: Look,
  before: { readonly rows: readonly string[]; readonly exhausted: boolean },
): Standing {
  const fires = objective.rows.filter((row) => {
    const one = seen.rows.find(({ name }) => name === row.name);
    return one !== undefined && rowFires(objective, row, one.long, one.short, before.rows.includes(row.name)).fires;
  });
  const exhausted = isSpent(objective, seen.budget, before.exhausted);
  return standingBy(objective, seen, fires, exhausted);
}

function standingBy(objective: Objective, seen: Look, fires: readonly BurnRow[], exhausted: boolean): Standing {
  const isSilent = seen.budget.total <= 0;
  const isAbsent = seen.unknownSince !== undefined && seen.at - seen.unknownSince >= objective.absentMs;
  const invalid = seen.invalidAt !== undefined;
  const burning = fires.some(({ severity }) => severity === "page") ? "page" : fires.length > 0 ? "ticket" : undefined;
  const status = statusOf({ noData: isAbsent || seen.never === true || isSilent, invalid, exhausted, burning });
  return {
    status,
    ...(burning === undefined ? {} : { burning }),
    rows: fires.map(({ name }) => name),
    ...{ exhausted, invalid, dry: isDry(objective, seen.at) },
    absent: isAbsent || (isSilent && seen.at - seen.followedSince >= SILENT_MS),
  };
}

interface Truths {
  readonly noData: boolean;
  readonly invalid: boolean;
  readonly exhausted: boolean;
  readonly burning: Severity | undefined;
}

/** What cannot be trusted is said before what it would say. */
function statusOf({ noData, invalid, exhausted, burning }: Truths): Status {
  if (invalid) return "invalid";
  if (noData) return "no_data";
  if (exhausted) return "exhausted";
  return burning === undefined ? "ok" : "burning";
}

/**
 * A look's standing as a short text, by what the track itself remembers: a decision is due where it differs from `told`. Two thousand of them a
 * minute cost next to nothing, and only those that differ are decided and written.
 */
export function standingOf(objective: Objective, seen: Look): string {
  const fires = objective.rows.filter((_, index) => seen.rows[index]?.fires === true);
  const held = seen.rows.some((row) => row.held);
  const one = standingBy(objective, seen, fires, seen.spent);
  const isOn = fires.length > 0 || one.exhausted || one.absent || one.invalid;
  return standingText(one, held) + (isOn ? ` ${Math.floor(seen.at / AGAIN_MS)}` : "");
}

const standingText = (one: Standing, held: boolean): string =>
  [
    ...[one.status, one.rows.join(",")],
    ...[
      one.exhausted && "exhausted",
      one.absent && "absent",
      one.invalid && "invalid",
      one.dry && "dry",
      held && "held",
    ],
  ]
    .filter((part) => typeof part === "string" && part !== "")
    .join(" ");
