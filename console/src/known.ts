import type { DecisionView } from "../../functions/api/views.ts";
import { plural, quantity, words } from "./format.ts";
import { flushRows } from "./known-alerting.ts";
import { rolloutRows } from "./known-delivery.ts";
import { scalingRows } from "./known-scaling.ts";
import type { Point } from "./shapes.ts";
import { labelsText, listOf, members, numberOf, show, showNamed, textOf } from "./values.ts";

/** One thing that was known when it was decided, or that was not. */
export interface Known {
  readonly name: string;
  readonly value: string | undefined;
  /** Milliseconds between the value's time and the decision; undefined where the input carries no time. */
  readonly ageMs: number | undefined;
  readonly from: string;
  readonly points: readonly Point[];
  readonly unit: string;
}

const NOTHING = { ageMs: undefined, from: "", points: [], unit: "" } as const;
/** An expression may give thousands of elements. */
const TOLD = 8;

/** Readings, observed counts and what other nouns read, each with its age; then plain members, as any noun may have them. */
export function knownOf(decision: DecisionView): readonly Known[] {
  const input = members(decision.input);
  const { at } = decision;
  const flushed = decision.noun === "alerting" ? flushRows(input, at) : undefined;
  if (flushed) return flushed;
  const rolled = decision.noun === "delivery" ? rolloutRows(input, at) : undefined;
  if (rolled) return rolled;
  const rows: Known[] = [];
  for (const [name, reading] of Object.entries(members(input["readings"]))) rows.push(readingRow(name, reading, at));
  if (decision.noun === "autoscaling" && input["kind"] === "evaluate") rows.push(...countRows(input["actual"], at));
  rows.push(...scalingRows(input, at));
  for (const answer of listOf(input["evaluations"])) rows.push(answerRow(answer, textOf(input["source"]) ?? "", at));
  for (const [name, batch] of Object.entries(members(input["signals"]))) rows.push(signalRow(name, batch, at));
  for (const [name, shown] of Object.entries(members(input["recent"]))) rows.push(...recentRows(name, shown, at));
  for (const fact of listOf(input["context"]).map(members)) rows.push(factRow(fact, at));
  const told = new Set([
    "readings",
    "actual",
    "kind",
    "evaluations",
    "signals",
    "recent",
    "context",
    "forecasts",
    "lags",
  ]);
  for (const [name, value] of Object.entries(input)) {
    if (told.has(name) || value === undefined || value === decision.subject) continue;
    if (name === "source" && input["evaluations"] !== undefined) continue;
    rows.push(plainRow(name, value, at));
  }
  return rows;
}

function readingRow(name: string, value: unknown, at: number): Known {
  const reading = members(value);
  const unit = textOf(reading["unit"]) ?? "";
  const points = listOf(reading["points"]) as readonly Point[];
  const newest = points.at(-1);
  const source = textOf(reading["source"]) ?? "";
  return {
    name,
    value: newest === undefined ? undefined : quantity(newest.value, unit),
    // A point covers its period from its time on: it is as old as the end of that.
    ageMs: newest === undefined ? undefined : Math.max(0, at - newest.at - (numberOf(reading["periodMs"]) ?? 0)),
    from: newest === undefined ? source : `${plural(points.length, "point")}, ${source}`,
    points,
    unit,
  };
}

function countRows(value: unknown, at: number): readonly Known[] {
  const actual = members(value);
  const seenAt = numberOf(actual["at"]);
  if (seenAt === undefined)
    return [{ ...NOTHING, name: "instances", value: undefined, from: "the fleet did not answer" }];
  const counts = ["desired", "pending", "running", "ready"].map((name) => `${show(actual[name])} ${name}`).join(", ");
  const from = actual["deploying"] === true ? "a deployment is replacing instances" : "fleet";
  return [{ ...NOTHING, name: "instances", value: counts, ageMs: Math.max(0, at - seenAt), from }];
}

/** What an expression gave at an instant, or why there was no answer. */
function answerRow(value: unknown, from: string, at: number): Known {
  const own = members(value);
  const outcome = members(own["outcome"]);
  const instant = numberOf(own["at"]);
  const ageMs = instant === undefined ? undefined : Math.max(0, at - instant);
  const row = { ...NOTHING, name: "answer", ageMs, from };
  if (outcome["ok"] === false)
    return { ...row, value: undefined, from: textOf(outcome["error"]) ?? textOf(outcome["message"]) ?? from };
  const samples = listOf(outcome["samples"]).map(members);
  const told = samples.slice(0, TOLD).map((one) => `${labelsText(members(one["labels"]))} ${show(one["value"])}`);
  const more = samples.length > TOLD ? ` and ${samples.length - TOLD} more` : "";
  return { ...row, value: samples.length === 0 ? "nothing" : told.join(", ") + more };
}

/** Points of a signal since it was last scored. What its detector knew before them is in the record, not for reading. */
function signalRow(name: string, value: unknown, at: number): Known {
  const points = listOf(members(value)["points"]).flatMap((pair): readonly Point[] => {
    const [when, measured] = listOf(pair).map(numberOf);
    return when === undefined || measured === undefined ? [] : [{ at: when, value: measured }];
  });
  const newest = points.at(-1);
  return {
    name,
    value: newest === undefined ? undefined : quantity(newest.value, ""),
    ageMs: newest === undefined ? undefined : Math.max(0, at - newest.at),
    from: plural(points.length, "point"),
    points,
    unit: "",
  };
}

/** What a signal had shown lately. */
function recentRows(name: string, value: unknown, at: number): readonly Known[] {
  const newest = listOf(value).map(members).at(-1);
  const when = numberOf(newest?.["at"]);
  if (newest === undefined || when === undefined) return [];
  const said = `${show(newest["movement"])}, score ${show(newest["score"])}`;
  return [{ ...NOTHING, name: `${name} lately`, value: said, ageMs: Math.max(0, at - when) }];
}

function factRow(fact: ReturnType<typeof members>, at: number): Known {
  const when = numberOf(fact["at"]);
  const value = textOf(fact["text"]) ?? show(fact);
  return {
    ...NOTHING,
    name: words(textOf(fact["kind"]) ?? "context"),
    value,
    ageMs: when === undefined ? undefined : Math.max(0, at - when),
  };
}

function plainRow(name: string, value: unknown, at: number): Known {
  const own = members(value);
  const ownAt = numberOf(own["at"]);
  if (ownAt !== undefined) {
    const rest = Object.entries(own).filter(([member]) => member !== "at");
    return {
      ...NOTHING,
      name,
      value: rest.map(([, member]) => show(member)).join(" · "),
      ageMs: Math.max(0, at - ownAt),
    };
  }
  return { ...NOTHING, name, value: showNamed(name, value) };
}
