import * as v from "valibot";
import { duration, integer } from "../../kernel/schema.ts";
import { DAY_MS, SECOND_MS } from "../../kernel/time.ts";
import type { Runbook, RunbookDeed } from "./types.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "letters, digits, '_' and '-', at most 64"));
const url = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://"));

const Deed = v.variant("kind", [
  v.strictObject({
    kind: v.literal("check_points"),
    plan: name,
    maxAge: v.optional(duration(SECOND_MS, 365 * DAY_MS)),
  }),
  v.strictObject({ kind: v.literal("check_lag"), maxLag: v.optional(duration(0, DAY_MS), "30s") }),
  v.strictObject({ kind: v.literal("stop_mirror") }),
  v.strictObject({ kind: v.literal("start_mirror") }),
  v.strictObject({ kind: v.literal("translate_groups"), groups: v.optional(v.array(name)) }),
  v.strictObject({ kind: v.literal("set_parameter"), name: v.pipe(name, v.startsWith("/")), value: v.string() }),
  v.strictObject({
    kind: v.literal("call"),
    url,
    method: v.optional(v.picklist(["GET", "POST", "PUT", "PATCH", "DELETE"]), "POST"),
    body: v.optional(v.string()),
    probe: v.optional(url),
  }),
  v.strictObject({
    kind: v.literal("restore"),
    plan: name,
    cluster: name,
    topics: v.optional(v.array(name)),
    exclude: v.optional(v.array(name)),
  }),
  v.strictObject({ kind: v.literal("start_jobs"), plan: name, flink: url }),
  v.strictObject({ kind: v.literal("hold_deliveries") }),
  v.strictObject({ kind: v.literal("release_deliveries") }),
  v.strictObject({ kind: v.literal("manual"), text: name }),
]);

const Step = v.strictObject({
  id,
  title: v.optional(name),
  do: Deed,
  undo: v.optional(Deed),
  approval: v.optional(v.boolean(), false),
  timeout: v.optional(duration(SECOND_MS, 7 * DAY_MS), "10m"),
  tries: v.optional(integer(1, 20), 3),
  onFailure: v.optional(v.picklist(["stop", "undo", "continue"]), "stop"),
});

/** A runbook as a file: its steps in order, each with what undoes it. */
export const RunbookFile = v.strictObject({
  name: id,
  about: v.optional(name),
  kind: v.optional(v.picklist(["failover", "failback", "other"]), "other"),
  steps: v.pipe(
    v.array(Step),
    v.minLength(1),
    v.maxLength(100),
    v.check((steps) => new Set(steps.map((one) => one.id)).size === steps.length, "steps with an id each of its own"),
  ),
});

const deedOf = (read: v.InferOutput<typeof Deed>): RunbookDeed => {
  if (read.kind === "check_points") {
    const { maxAge, ...rest } = read;
    return { ...rest, ...(maxAge === undefined ? {} : { maxAgeMs: maxAge }) };
  }
  if (read.kind === "check_lag") return { kind: "check_lag", maxLagMs: read.maxLag };
  return read as RunbookDeed;
};

/** The runbook that a file describes. */
export function runbookOf({ name: called, about, kind, steps }: v.InferOutput<typeof RunbookFile>): Runbook {
  return {
    name: called,
    about: about ?? called,
    kind,
    steps: steps.map(({ title, do: deed, undo, timeout, ...rest }) => ({
      ...rest,
      title: title ?? rest.id,
      do: deedOf(deed),
      timeoutMs: timeout,
      ...(undo ? { undo: deedOf(undo) } : {}),
    })),
  };
}
