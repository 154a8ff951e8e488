import { HeadgateError } from "../../kernel/errors.ts";
import { type Field, mapOf, type Notes, type Path, text } from "../../kernel/fields.ts";
import { isAbsent, type Members, members, numeric, optional } from "../lenient.ts";
import type {
  CanaryAnalysis,
  CanaryConfig,
  CanaryMetricConfig,
  JudgeOptions,
  JudgeRequest,
  MetricSetPair,
  ScoreThresholds,
} from "./types.ts";
import { items, mapOrNone, measured, needed, number, texts, yesOrNo } from "./wire.ts";

/**
 * A judge request from outside. Numbers and booleans may be texts, a period without a value is "NaN" or null, and members that the
 * judge does not look at are passed over.
 *
 * @throws HeadgateError `input.invalid` with every fault
 */
export function parseJudgeRequest(value: unknown): JudgeRequest {
  const notes: Notes = { faults: [], warnings: [] };
  const body = members(value, ["request"], notes) ?? {};
  const request = notes.faults.length > 0 ? undefined : requestOf(body, notes);
  if (request && notes.faults.length === 0) return request;
  const faults = notes.faults.map(({ path, message, value: found, allowed }) => ({
    path: path.join("."),
    message,
    ...(found === undefined ? {} : { value: found }),
    ...(allowed === undefined ? {} : { allowed }),
  }));
  const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
  throw new HeadgateError("input.invalid", `the judge request has ${count}`, { faults });
}

function requestOf(body: Members, notes: Notes): JudgeRequest {
  const given = members(body["canaryConfig"], ["canaryConfig"], notes) ?? {};
  const canaryConfig = configOf(given, notes);
  const names = canaryConfig.metrics.map(({ name }) => name);
  // Older configurations have the thresholds with the classifier.
  const thresholds = body["scoreThresholds"] ?? mapOrNone(given["classifier"], [], notes)?.["scoreThresholds"];
  return {
    canaryConfig,
    scoreThresholds: thresholdsOf(thresholds, notes),
    metricSetPairList: each(body["metricSetPairList"], ["metricSetPairList"], notes, (value, path) =>
      pairOf(value, path, notes, names),
    ),
  };
}

const each = <T>(value: unknown, path: Path, notes: Notes, read: (value: unknown, path: Path) => T): readonly T[] =>
  (items(value, path, notes) ?? []).map((one, index) => read(one, [...path, index]));

/** Members that are there, each read by its own reader. */
function known(
  given: Members,
  readers: Readonly<Record<string, Field<unknown>>>,
  path: Path,
  notes: Notes,
): Record<string, never> {
  const found = Object.entries(readers).map(
    ([name, read]) => [name, optional(read)(given[name], [...path, name], notes)] as const,
  );
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Record<string, never>;
}

function configOf(given: Members, notes: Notes): CanaryConfig {
  const classifier = mapOrNone(given["classifier"], ["canaryConfig", "classifier"], notes) ?? {};
  const groupWeights = optional(mapOf(optional(number)))(
    classifier["groupWeights"],
    ["canaryConfig", "classifier", "groupWeights"],
    notes,
  );
  const headgate = judgeOptions(given["judge"], notes);
  return {
    metrics: each(given["metrics"], ["canaryConfig", "metrics"], notes, (one, path) => metricOf(one, path, notes)),
    classifier: { groupWeights: groupWeights ?? {} },
    ...(headgate === undefined ? {} : { judge: { judgeConfigurations: { headgate } } }),
  };
}

const OPTIONS = {
  exactRoots: yesOrNo,
  errorsFail: yesOrNo,
  normaliseWeights: yesOrNo,
  emptyIsNodata: yesOrNo,
  explain: yesOrNo,
  minimumShift: numeric("a number from 0", (value) => value >= 0, true),
} as const satisfies Record<keyof JudgeOptions, Field<unknown>>;

function judgeOptions(judge: unknown, notes: Notes): Partial<JudgeOptions> | undefined {
  const path = ["canaryConfig", "judge", "judgeConfigurations"];
  const all = mapOrNone(mapOrNone(judge, path.slice(0, 2), notes)?.["judgeConfigurations"], path, notes);
  const ours = optional(members)(all?.["headgate"], [...path, "headgate"], notes);
  return ours && known(ours, OPTIONS, [...path, "headgate"], notes);
}

function metricOf(value: unknown, path: Path, notes: Notes): CanaryMetricConfig {
  const given = members(value, path, notes) ?? {};
  const configurations = mapOrNone(given["analysisConfigurations"], [...path, "analysisConfigurations"], notes);
  const canary = analysisOf(configurations?.["canary"], [...path, "analysisConfigurations", "canary"], notes);
  return {
    name: needed(text, "text")(given["name"], [...path, "name"], notes) ?? "",
    groups: texts(given["groups"], [...path, "groups"], notes) ?? [],
    analysisConfigurations: { canary },
  };
}

const EFFECT = {
  measure: text,
  allowedIncrease: number,
  allowedDecrease: number,
  criticalIncrease: number,
  criticalDecrease: number,
};

function analysisOf(value: unknown, path: Path, notes: Notes): CanaryAnalysis {
  const given = mapOrNone(value, path, notes) ?? {};
  const part = (name: string): Members => mapOrNone(given[name], [...path, name], notes) ?? {};
  const outliers = part("outliers");
  const above = numeric("a number above 0", (factor) => factor > 0, true);
  const outlierFactor = outliers["strategy"] === "remove" ? above : number;
  const plain = { direction: text, nanStrategy: text, critical: yesOrNo, mustHaveData: yesOrNo, muted: yesOrNo };
  return {
    ...known(given, plain, path, notes),
    effectSize: known(part("effectSize"), EFFECT, [...path, "effectSize"], notes),
    outliers: known(outliers, { strategy: text, outlierFactor }, [...path, "outliers"], notes),
  };
}

function thresholdsOf(value: unknown, notes: Notes): ScoreThresholds {
  const given = members(value, ["scoreThresholds"], notes);
  if (!given) return { pass: 0, marginal: 0 };
  const [pass = 0, marginal = 0] = ["pass", "marginal"].map((name) =>
    number(given[name], ["scoreThresholds", name], notes),
  );
  return { pass, marginal };
}

function pairOf(value: unknown, path: Path, notes: Notes, names: readonly string[]): MetricSetPair {
  const given = members(value, path, notes) ?? {};
  const name = needed(text, "text")(given["name"], [...path, "name"], notes) ?? "";
  if (name !== "" && !names.includes(name)) {
    const message = `Could not find metric config for ${name}`;
    const allowed = names.join(", ") || "none is configured";
    notes.faults.push({ path: [...path, "name"], message, value: name, allowed });
  }
  const values = members(given["values"], [...path, "values"], notes) ?? {};
  const tags = optional(mapOf(text))(given["tags"], [...path, "tags"], notes);
  const id = optional(text)(given["id"], [...path, "id"], notes);
  const side = (arm: string) => measured(values[arm], [...path, "values", arm], notes) ?? [];
  return {
    name,
    ...(isAbsent(id) ? {} : { id }),
    ...(isAbsent(tags) ? {} : { tags }),
    values: { control: side("control"), experiment: side("experiment") },
  };
}
