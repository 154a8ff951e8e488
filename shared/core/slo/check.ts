import { parseInstant } from "../kernel/instant.ts";
import { DAY_MS, type DurationMs, formatDuration, MINUTE_MS } from "../kernel/time.ts";
import { isTimezone } from "../kernel/timezone.ts";
import type { ObjectiveConfig, SloConfig } from "./config.ts";
import { boundOfRow } from "./evaluate.ts";
import { daysOf } from "./rows.ts";
import type { Objective } from "./types.ts";

/** One thing that the schema cannot see and that would not work. */
export interface SemanticFault {
  /** The OpenSLO file that the objective is in; absent: headgate.yaml. */
  readonly file?: string;
  /** Inside section `slo`; of an objective of a file `["objectives", name, …]` as well. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}

/** What else the configuration says. */
export interface SloFacts {
  /** Names a signal may be measured at (services, streams, jobs, backup plans); undefined: not known here, anything goes. */
  readonly namesOf: (signal: string) => readonly string[] | undefined;
  /** Names that an objective's `service` may be. */
  readonly services: readonly string[];
  /** What is wrong with a PromQL expression; undefined: nothing. */
  readonly promqlFault: (expr: string) => string | undefined;
}

type Found = Omit<SemanticFault, "file" | "path"> & { readonly at: readonly (string | number)[] };

/** Semantic faults of all objectives, those of OpenSLO files included. Empty where it can work. */
export function checkSlo(
  section: SloConfig,
  objectives: readonly Objective[],
  facts: SloFacts,
): readonly SemanticFault[] {
  const byName = new Map(objectives.map((one) => [one.name, one]));
  const seen = new Set<string>();
  return objectives.flatMap((objective): SemanticFault[] => {
    const { name, file } = objective;
    const written = file === undefined ? section.objectives[name] : undefined;
    const found: Found[] = [
      ...(seen.has(name)
        ? [{ at: [], message: "a second objective of this name", value: name, allowed: "each name once" }]
        : []),
      ...(written ? checkWritten(written) : []),
      ...checkService(objective, facts),
      ...checkQueries(objective, facts),
      ...checkRows(objective),
      ...checkComposite(objective, byName),
    ];
    seen.add(name);
    return found.map(({ at, ...fault }) => ({
      ...(file === undefined ? {} : { file }),
      path: ["objectives", name, ...at],
      ...fault,
    }));
  });
}

/** What is lost once every setting is written out. */
function checkWritten({ window, zone, budget, slice, sliceTarget, dry }: ObjectiveConfig): readonly Found[] {
  const found: Found[] = [];
  if (zone !== undefined && !isTimezone(zone))
    found.push({
      at: ["zone"],
      message: "no such time zone",
      value: zone,
      allowed: "an IANA name such as Europe/Berlin",
    });
  else if (zone !== undefined && window !== "month")
    found.push({
      at: ["zone"],
      message: "is of a calendar month; this window rolls",
      value: zone,
      allowed: "window: month",
      works: true,
    });
  if (slice !== undefined && budget === "events")
    found.push({
      at: ["slice"],
      message: "the budget is of events",
      value: formatDuration(slice),
      allowed: "budget: slices or ratio_slices",
      works: true,
    });
  if (slice !== undefined && slice % MINUTE_MS !== 0)
    found.push({
      at: ["slice"],
      message: "not whole minutes",
      value: formatDuration(slice),
      allowed: "1m to 1h in whole minutes",
    });
  if (sliceTarget !== undefined && budget !== "slices")
    found.push({
      at: ["sliceTarget"],
      message: "the budget is not of slices",
      value: sliceTarget,
      allowed: "budget: slices",
      works: true,
    });
  if (typeof dry === "string" && parseInstant(dry) === undefined)
    found.push({ at: ["dry"], message: "no date", value: dry, allowed: "true, false, or a date such as 2026-03-01" });
  return found;
}

function checkService({ service, sli }: Objective, { services, namesOf }: SloFacts): readonly Found[] {
  const found: Found[] = [];
  if (service !== undefined && !services.includes(service))
    found.push({
      at: ["service"],
      message: "no such service is configured",
      value: service,
      allowed: oneOf(services),
      works: true,
    });
  if (sli.kind === "composite" || sli.source !== "signal") return found;
  const { of } = sli.at;
  const names = namesOf(sli.signal);
  if (of === "")
    found.push({
      at: ["sli", "of"],
      message: "nobody knows what to measure",
      value: undefined,
      allowed: "of, or the objective's service",
    });
  else if (names && !names.includes(of)) {
    const isService = of === service;
    found.push({
      at: isService ? ["service"] : ["sli", "of"],
      message: `nothing of this name has the signal ${sli.signal}`,
      value: of,
      allowed: oneOf(names),
    });
  }
  return found;
}

const oneOf = (names: readonly string[]): string =>
  names.length === 0 ? "none is configured" : `one of ${names.join(", ")}`;

function checkQueries({ sli }: Objective, { promqlFault }: SloFacts): readonly Found[] {
  if (sli.kind === "composite" || sli.source !== "promql") return [];
  const queries: readonly (readonly [string, string])[] =
    sli.kind === "ratio"
      ? [
          [sli.count, sli.part],
          ["total", sli.total],
        ]
      : [sli.kind === "share" ? [`${sli.count}Share`, sli.share] : ["value", sli.value]];
  return queries.flatMap(([name, expr]): Found[] => {
    const fault = promqlFault(expr);
    return fault === undefined
      ? []
      : [{ at: ["sli", "promql", name], message: fault, value: expr, allowed: "PromQL that gives a vector" }];
  });
}

const isWhole = (ms: DurationMs, grainMs: DurationMs): boolean => ms % grainMs === 0;

function checkRows(objective: Objective): readonly Found[] {
  const found: Found[] = [];
  const names = new Set<string>();
  for (const [index, row] of objective.rows.entries()) {
    const { name, longMs, shortMs, grainMs } = row;
    const at = ["alerts", index];
    const grain = formatDuration(grainMs);
    if (names.has(name))
      found.push({ at, message: "a second row of these windows", value: name, allowed: "each pair of windows once" });
    names.add(name);
    if (!isWhole(longMs, grainMs))
      found.push({
        at: [...at, "long"],
        message: "not whole steps",
        value: formatDuration(longMs),
        allowed: `multiples of ${grain}`,
      });
    if (!isWhole(shortMs, grainMs))
      found.push({
        at: [...at, "short"],
        message: "not whole steps",
        value: formatDuration(shortMs),
        allowed: `multiples of ${grain}`,
      });
    if (shortMs >= longMs)
      found.push({
        at: [...at, "short"],
        message: "not shorter than the long window",
        value: formatDuration(shortMs),
        allowed: `below ${formatDuration(longMs)}`,
      });
    if (longMs > daysOf(objective.period) * DAY_MS)
      found.push({
        at: [...at, "long"],
        message: "longer than the period of the budget",
        value: formatDuration(longMs),
        allowed: "at most the window of the objective",
        works: true,
      });
    const bound = boundOfRow(objective, row);
    if (bound >= 1)
      found.push({
        at,
        message: "can never fire: more than all events would have to be bad",
        value: name,
        allowed: `a factor below ${1 / objective.allowed}, or a higher target`,
        works: true,
      });
  }
  return found;
}

function checkComposite(objective: Objective, byName: ReadonlyMap<string, Objective>): readonly Found[] {
  if (objective.sli.kind !== "composite") return [];
  const found: Found[] = [];
  for (const { objective: part } of objective.sli.of) {
    const at = ["sli", "composite", part];
    if (!byName.has(part))
      found.push({ at, message: "no such objective", value: part, allowed: "the name of an objective" });
    const cycle = cycleFrom(objective.name, part, byName);
    if (cycle)
      found.push({
        at,
        message: `a cycle: ${cycle.join(" → ")}`,
        value: part,
        allowed: "parts that are not made of it",
      });
  }
  return found;
}

/** The way from a part back to the objective, both ends included. */
function cycleFrom(name: string, part: string, byName: ReadonlyMap<string, Objective>): readonly string[] | undefined {
  const seen = new Set<string>();
  const visit = (at: string, way: readonly string[]): readonly string[] | undefined => {
    if (at === name) return [...way, at];
    if (seen.has(at)) return undefined;
    seen.add(at);
    const sli = byName.get(at)?.sli;
    if (sli?.kind !== "composite") return undefined;
    for (const { objective } of sli.of) {
      const cycle = visit(objective, [...way, at]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  return visit(part, [name]);
}
