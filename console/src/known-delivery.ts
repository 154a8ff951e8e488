import { sharesText } from "./delivery-words.ts";
import { clockTime, plural } from "./format.ts";
import type { Known } from "./known.ts";
import { listOf, type Members, members, numberOf, numbersOf, show, showNamed, textOf } from "./values.ts";

const PLAIN = { ageMs: undefined, from: "", points: [], unit: "" } as const;

function versionText(value: unknown): string {
  const { desired, ready, failures, trouble } = members(value);
  const bad = (numberOf(failures) ?? 0) > 0 ? `, ${show(failures)} ended badly` : "";
  return `${show(ready)} of ${show(desired)} ready${bad}${textOf(trouble) === undefined ? "" : `: ${show(trouble)}`}`;
}

function armText(value: unknown): string {
  if (value === undefined) return "not known";
  const { requests, errors, slow } = members(value);
  const slowly = numberOf(slow) === undefined ? "" : `, ${show(slow)} slow`;
  return `${show(requests)} requests, ${show(errors)} errors${slowly}`;
}

/** Intervals that were judged: how many, and the newest. */
function countRows(value: unknown, at: number): readonly Known[] {
  const all = listOf(value).map(members);
  const newest = all.at(-1);
  if (newest === undefined) return [];
  const to = numberOf(newest["to"]);
  return (["canary", "baseline"] as const).map((arm) => ({
    ...PLAIN,
    name: arm === "canary" ? "new version" : "old version",
    value: newest[arm] === undefined ? undefined : armText(newest[arm]),
    ageMs: to === undefined ? undefined : Math.max(0, at - to),
    from: all.length === 1 ? "" : `the newest of ${plural(all.length, "interval")}`,
  }));
}

function lookRows(look: Members, at: number): readonly Known[] {
  const history = listOf(look["history"]).length;
  return [
    ...listOf(look["versions"]).map((one) => ({
      ...PLAIN,
      name: show(members(one)["version"]),
      value: versionText(one),
    })),
    ...(look["shares"] === undefined
      ? []
      : [{ ...PLAIN, name: "shares in force", value: sharesText(numbersOf(members(look["shares"]))) }]),
    ...countRows(look["counts"], at),
    ...(history > 0 ? [{ ...PLAIN, name: "before it", value: `${plural(history, "look")} of the old version` }] : []),
    ...listOf(look["alerts"]).map((name) => ({ ...PLAIN, name: "alert fires", value: show(name) })),
    ...listOf(look["failures"]).map((text) => ({ ...PLAIN, name: "not read", value: undefined, from: show(text) })),
  ];
}

const TOLD: ReadonlySet<string> = new Set(["versions", "shares", "counts", "history", "alerts", "failures"]);

/** What a rollout's decision looked at, as people read it; undefined where the input is another one. */
export function rolloutRows(input: Members, at: number): readonly Known[] | undefined {
  const { kind, look, release, ...rest } = input;
  if (kind === "look") return [...lookRows(input, at), ...plainRows(input, new Set([...TOLD, "kind", "divides"]), at)];
  if (kind !== "start" && kind !== "command") return undefined;
  const version = members(release)["version"];
  return [
    ...plainRows(rest, new Set(["kind"]), at),
    ...(version === undefined ? [] : [{ ...PLAIN, name: "version", value: show(version) }]),
    ...lookRows(members(look), at),
  ];
}

const plainRows = (input: Members, told: ReadonlySet<string>, at: number): readonly Known[] =>
  Object.entries(input).flatMap(([name, value]) =>
    told.has(name) || value === undefined || value === ""
      ? []
      : [
          {
            ...PLAIN,
            name,
            value: name === "until" && typeof value === "number" ? clockTime(value, at) : showNamed(name, value),
          },
        ],
  );
