import { parseInstant } from "../kernel/instant.ts";
import { type Labels, setLabel } from "../kernel/labels.ts";
import { parsePromDuration } from "../kernel/prometheus-duration.ts";
import type { Millis } from "../kernel/time.ts";
import { compileMatchers } from "./matchers/match.ts";
import { newMatcher } from "./matchers/result.ts";
import type { Matcher, MatchOp, Silence } from "./types.ts";

/** A silence as it is posted: without an id it is new. */
export type PostedSilence = Omit<Silence, "id" | "updatedAt"> & { readonly id?: string };

export type ReadSilence =
  | { readonly ok: true; readonly silence: PostedSilence }
  | { readonly ok: false; readonly message: string };

/** Reads the windows of a recurring silence. */
export type ReadWindows = (
  value: unknown,
) =>
  | { readonly ok: true; readonly windows: NonNullable<Silence["recurs"]> }
  | { readonly ok: false; readonly message: string };

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

class Refused extends Error {}
const refuse = (message: string): never => {
  throw new Refused(message);
};

function matcherOf(value: unknown, position: string): Matcher {
  if (!isMap(value)) return refuse(`${position} must be a map with name and value`);
  const { name, value: wanted, isRegex = false, isEqual = true } = value;
  if (typeof name !== "string") return refuse(`${position}: name is required`);
  if (typeof wanted !== "string") return refuse(`${position}: value is required`);
  if (typeof isRegex !== "boolean" || typeof isEqual !== "boolean")
    return refuse(`${position}: isRegex and isEqual must be true or false`);
  if (name === "") return refuse(`invalid silence: invalid label matcher ${position}: invalid label name ""`);
  const op = `${isEqual ? "=" : "!"}${isRegex ? "~" : isEqual ? "" : "="}` as MatchOp;
  const read = newMatcher(name, op, wanted);
  return read.ok
    ? read.matcher
    : refuse(
        `invalid silence: invalid label matcher ${position}: invalid regular expression ${JSON.stringify(wanted)}: ${read.message}`,
      );
}

/** Whether a matcher holds for an absent label, as far as upstream counts it (`=` and `=~`). */
const holdsForNothing = (matcher: Matcher): boolean =>
  (matcher.op === "=" || matcher.op === "=~") && compileMatchers([matcher])({});

function setOf(value: unknown, position: number): readonly Matcher[] {
  const list = Array.isArray(value) ? value : refuse("matchers must be a list");
  if (list.length === 0) return refuse(`invalid silence: matcher set ${position} is empty`);
  const matchers = list.map((one: unknown, index: number) => matcherOf(one, `${index} in set ${position}`));
  if (matchers.every(holdsForNothing))
    return refuse(`invalid silence: matcher set ${position}: at least one matcher must not match the empty string`);
  return matchers;
}

function timeOf(value: unknown, name: string): Millis {
  const instant = typeof value === "string" ? parseInstant(value) : undefined;
  if (instant?.form !== "iso") return refuse(`${name} must be a timestamp (RFC 3339)`);
  return instant.at;
}

const textOf = (value: unknown, name: string): string =>
  typeof value === "string" ? value : refuse(`${name} is required`);

function labelsOf(value: unknown): Labels {
  const labels: Record<string, string> = {};
  if (value === undefined || value === null) return labels;
  if (!isMap(value)) return refuse("annotations must be a map of text to text");
  for (const [name, one] of Object.entries(value)) setLabel(labels, name, textOf(one, `annotations.${name}`));
  return labels;
}

function extrasOf(
  value: Readonly<Record<string, unknown>>,
  readWindows: ReadWindows | undefined,
): Pick<Silence, "untilResolved" | "recurs" | "remind"> {
  const { untilResolved, recurs, remind } = value;
  if (untilResolved !== undefined && typeof untilResolved !== "boolean")
    return refuse("untilResolved must be true or false");
  const windows = recurs === undefined ? undefined : readWindows?.(recurs);
  if (recurs !== undefined && !windows) return refuse("recurs is not known here");
  if (windows && !windows.ok) return refuse(`recurs: ${windows.message}`);
  return {
    ...(untilResolved === true ? { untilResolved } : {}),
    ...(windows?.ok ? { recurs: windows.windows } : {}),
    ...(remind === undefined ? {} : { remind: remindOf(remind) }),
  };
}

function remindOf(value: unknown): NonNullable<Silence["remind"]> {
  if (!isMap(value)) return refuse("remind must be a map with before and receiver");
  const beforeMs = typeof value["before"] === "string" ? parsePromDuration(value["before"]) : undefined;
  if (beforeMs === undefined) return refuse("remind.before must be a duration such as 1h");
  return { beforeMs, receiver: textOf(value["receiver"], "remind.receiver") };
}

/**
 * Reads a silence as API v2 takes it (`matchers` with name, value, isRegex, isEqual; `matcherSets` for several), and what is ours:
 * `untilResolved`, `recurs`, `remind: {before, receiver}`. What upstream refuses is refused in its words; the two times against each
 * other and the clock are {@link setSilence}'s business.
 */
export function readSilence(value: unknown, readWindows?: ReadWindows): ReadSilence {
  try {
    if (!isMap(value)) return refuse("a silence must be a map");
    const { id, matchers, matcherSets } = value;
    const sets = matcherSets === undefined ? [matchers] : matcherSets;
    if (!Array.isArray(sets) || sets.length === 0) return refuse("invalid silence: at least one matcher set required");
    return {
      ok: true,
      silence: {
        ...(id === undefined || id === null ? {} : { id: textOf(id, "id") }),
        matcherSets: sets.map(setOf),
        startsAt: timeOf(value["startsAt"], "startsAt"),
        endsAt: timeOf(value["endsAt"], "endsAt"),
        createdBy: textOf(value["createdBy"], "createdBy"),
        comment: textOf(value["comment"], "comment"),
        annotations: labelsOf(value["annotations"]),
        ...extrasOf(value, readWindows),
      },
    };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message };
    throw error;
  }
}
