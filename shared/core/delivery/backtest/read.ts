import type { Fault } from "../../kernel/errors.ts";
import { count, type Field, flag, list, type Notes, type Path, text, wrong } from "../../kernel/fields.ts";
import type { ArmCounts, GateTick, HistoryTick } from "../gate/types.ts";
import { isAbsent, members, missing, numeric, optional } from "../lenient.ts";

/** What a line holds, or the first thing that is wrong with it. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

function reading<T>(read: (notes: Notes) => T | undefined): Read<T> {
  const notes: Notes = { faults: [], warnings: [] };
  const value = read(notes);
  const [fault] = notes.faults;
  if (!fault) return { ok: true, value: value as T };
  const { path, message, value: found, allowed } = fault;
  const shown = { ...(found === undefined ? {} : { value: found }), ...(allowed === undefined ? {} : { allowed }) };
  return { ok: false, fault: { path: path.join(".") || "line", message, ...shown } };
}

/** One arm; undefined where nothing is known of it, which is not zero. */
const arm: Field<ArmCounts> = (value, path, notes) => {
  const given = members(value, path, notes);
  if (!given) return undefined;
  const counted = (name: string): number | undefined => optional(count)(given[name], [...path, name], notes);
  const [requests, errors, slow] = [counted("requests"), counted("errors"), counted("slow")];
  const p99Ms = optional(numeric("milliseconds from 0", (ms) => ms >= 0))(given["p99Ms"], [...path, "p99Ms"], notes);
  if (requests === undefined) {
    if (errors === undefined && slow === undefined) return undefined;
    return missing(notes, [...path, "requests"], "integer from 0");
  }
  const allowed = `integer 0..${requests}`;
  for (const [name, part] of Object.entries({ errors, slow })) {
    if (part === undefined || part <= requests) continue;
    return wrong(notes, [...path, name], part, `is more than the ${requests} requests`, allowed);
  }
  // Where only slow requests are counted the gate judges those alone.
  if (errors === undefined && slow === undefined && requests > 0) return missing(notes, [...path, "errors"], allowed);
  const none = requests === 0 && errors === undefined;
  return {
    requests,
    ...(none ? { errors: 0 } : errors === undefined ? {} : { errors }),
    ...(slow === undefined ? {} : { slow }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  } as ArmCounts;
};

/** A parsed line, or what is wrong with its JSON. */
export const readJson = (line: string): Read<unknown> =>
  reading((notes) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      return wrong(notes, [], line, "is no JSON", "one JSON object a line");
    }
  });

/** Ticks of the baseline; one of which nothing is known is left out. */
const history: Field<readonly HistoryTick[]> = (value, path, notes) =>
  optional(list(optional(arm)))(value, path, notes) ?? [];

function tickOf(value: unknown, path: Path, notes: Notes, otherwise: number): GateTick | undefined {
  const given = members(value, path, notes);
  if (!given) return undefined;
  const t = numeric("seconds from 0", (seconds) => seconds >= 0)(given["t"] ?? otherwise, [...path, "t"], notes);
  const [canary, baseline] = ["canary", "baseline"].map((name) => optional(arm)(given[name], [...path, name], notes));
  if (!["t", "canary", "baseline"].some((name) => given[name] !== undefined))
    return wrong(notes, path, value, "is no tick", 't, canary and baseline; or "history" in the first line');
  return t === undefined ? undefined : { t, ...(canary ? { canary } : {}), ...(baseline ? { baseline } : {}) };
}

/** `{"history":[{"requests":1000,"errors":9,"slow":11},…]}`; undefined where the line has no history. */
export function readHistory(value: unknown): Read<readonly HistoryTick[] | undefined> {
  const given = typeof value === "object" && value !== null && Object.hasOwn(value, "history");
  return given
    ? reading((notes) => history((value as { history: unknown }).history, ["history"], notes))
    : { ok: true, value: undefined };
}

/**
 * `{"t":30,"canary":{"requests":1000,"errors":9,"slow":11,"p99Ms":180},"baseline":{…}}`.
 *
 * @param otherwise seconds of a tick that has no `t`
 */
export const readTick = (value: unknown, otherwise: number): Read<GateTick> =>
  reading((notes) => tickOf(value, [], notes, otherwise));

/** A past deploy, as its counts were recorded. */
export interface Deploy {
  readonly id: string;
  readonly history: readonly HistoryTick[];
  readonly ticks: readonly GateTick[];
  /** Whether it was a bad release, as is known today; absent: nobody has said. */
  readonly bad?: boolean;
}

/**
 * `{"id":"v41","history":[…],"ticks":[…],"bad":false}`.
 *
 * @param otherwise name of a deploy without an id
 * @param everyS seconds between ticks that have no `t`
 */
export const readDeploy = (value: unknown, otherwise: string, everyS: number): Read<Deploy> =>
  reading((notes) => {
    const given = members(value, [], notes);
    if (!given) return undefined;
    const [id, bad] = [optional(text)(given["id"], ["id"], notes), optional(flag)(given["bad"], ["bad"], notes)];
    if (isAbsent(given["ticks"])) return missing(notes, ["ticks"], "a list of ticks");
    let last = 0;
    const tick: Field<GateTick> = (one, path) => {
      const read = tickOf(one, path, notes, last + everyS);
      last = read?.t ?? last;
      return read;
    };
    return {
      id: id ?? otherwise,
      history: history(given["history"], ["history"], notes) ?? [],
      ticks: list(tick)(given["ticks"], ["ticks"], notes) ?? [],
      ...(bad === undefined ? {} : { bad }),
    };
  });
