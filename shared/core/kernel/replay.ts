import { type Json, sameJson } from "./json.ts";
import type { DecisionRecord } from "./record.ts";
import type { Action, Machine } from "./step.ts";

/** One place where the recomputed decision is another one than the recorded. */
export interface Difference {
  /** Path in the record, e.g. "stateAfter.desired" or "trace[2].text". */
  readonly path: string;
  readonly recorded: Json | undefined;
  readonly recomputed: Json | undefined;
}

export type Replay = { readonly same: true } | { readonly same: false; readonly differences: readonly Difference[] };

type JsonObject = { readonly [key: string]: Json | undefined };
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The smallest paths at which two JSON values differ, in order of name. */
export function differences(
  path: string,
  recorded: Json | undefined,
  recomputed: Json | undefined,
): readonly Difference[] {
  if (sameJson(recorded, recomputed)) return [];
  if (Array.isArray(recorded) && Array.isArray(recomputed)) {
    const length = Math.max(recorded.length, recomputed.length);
    return Array.from({ length }, (_, index) =>
      differences(`${path}[${index}]`, recorded[index], recomputed[index]),
    ).flat();
  }
  if (isObject(recorded) && isObject(recomputed)) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(recomputed)])].sort();
    return names.flatMap((name) =>
      differences(path === "" ? name : `${path}.${name}`, recorded[name], recomputed[name]),
    );
  }
  return [{ path, recorded, recomputed }];
}

/**
 * The value as it reads after it went through canonical JSON: members sorted, `undefined` gone, -0 as 0. A copy that shares
 * nothing with the original.
 *
 * @throws RangeError for NaN, infinities and what is no JSON at all
 */
export function normalized<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object") throw new RangeError(`${String(value)} is not a JSON value`);
  const sorted: { [key: string]: Json } = {};
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    // Plain assignment to this one name would set the prototype instead of a member.
    if (name === "__proto__")
      Object.defineProperty(sorted, name, {
        value: copy(member),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else sorted[name] = copy(member);
  }
  return sorted;
}

/**
 * Decides again from nothing but the record and compares reason, trace, actions and next state, bit for bit as canonical
 * JSON. A step that throws is a difference too: the recorded one did not.
 */
export function replay<Config, State, Input, A extends Action, Reason extends string>(
  record: DecisionRecord,
  machine: Machine<Config, State, Input, A, Reason>,
): Replay {
  const recorded = {
    reason: record.reason,
    trace: record.trace,
    actions: record.actions,
    stateAfter: record.stateAfter,
  };
  const found = differences("", recorded as unknown as Json, recompute(record, machine));
  return found.length === 0 ? { same: true } : { same: false, differences: found };
}

function recompute<Config, State, Input, A extends Action, Reason extends string>(
  record: DecisionRecord,
  machine: Machine<Config, State, Input, A, Reason>,
): Json {
  try {
    const { config, stateBefore, input } = record as unknown as { config: Config; stateBefore: State; input: Input };
    const step = machine.step(config, stateBefore, input, record.at);
    return normalized({
      reason: step.reason,
      trace: step.trace,
      actions: step.actions,
      stateAfter: step.state,
    }) as unknown as Json;
  } catch (error) {
    return { reason: `threw: ${error instanceof Error ? error.message : String(error)}` };
  }
}
