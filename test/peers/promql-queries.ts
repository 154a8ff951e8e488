import fc, { type GeneratorValue } from "fast-check";
import { LENGTH_MS, START } from "./promql-data.ts";

/** A query of the differential test, and when it is asked. */
export type Question =
  | { readonly query: string; readonly at: number }
  | { readonly query: string; readonly from: number; readonly to: number; readonly stepMs: number };

interface Made {
  readonly text: string;
  /** Prometheus returns these elements in an order that does not change from run to run. */
  readonly ordered: boolean;
}

const made = (text: string, ordered: boolean): Made => ({ text, ordered });

const METRICS = ["requests_total", "up", "temperature", "level", "odd", "latency_bucket", "build_info", "clock"];
const LABELS = ["job", "instance", "code", "version", "le", "nothing"];
const MATCHERS = [
  'job="api"',
  'job!="api"',
  'instance=~"a|b"',
  'instance!~"c.*"',
  'code=~"5.."',
  'job=~".+"',
  'nothing=""',
];
const NOBODY = ['instance="nobody"', 'job=~"b.*h|w"', 'instance!="a",instance="a"'];
const SHIFTS = ["45s", "1m", "90s", "5m", "20m"];
const DURATIONS = ["45s", "1m", "2m", "5m", "7m30s", "20m", "1h"];
const MATH = "abs ceil floor exp sqrt ln log2 log10 sgn acos acosh asin asinh atan atanh cosh sinh tanh deg rad".split(
  " ",
);
const OVER_TIME = ["avg", "min", "max", "sum", "count", "stddev", "stdvar", "last", "present"].map(
  (name) => `${name}_over_time`,
);
const RANGE = ["rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", ...OVER_TIME];
const DATES = ["minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"];
const COMPARE = ["==", "!=", ">", "<", ">=", "<="];
const ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2"];
const NUMBERS = ["0", "1", "2", "0.5", "-1", "3", "10", "100", "1e3", "NaN", "Inf", "-Inf", "0.1"];

/** Small numbers are no more likely than others: most of them would ask before the data begins. */
const evenly = (max: number) => fc.noBias(fc.nat({ max }));

/**
 * Random well-typed queries. What Prometheus itself answers differently from run to run is left out: sums in a random order (the
 * elements of a range query's operators come out of a Go map), ties of topk over such, the order of equal elements.
 */
function writer(draw: GeneratorValue, isRange: boolean) {
  const upTo = (max: number): number => draw(evenly, max - 1);
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length)] as T;
  const chance = (one: number): boolean => upTo(one) === 0;
  const second = (at: number) => (at / 1000).toFixed(upTo(2) * 3);

  const shift = (mayFix = true): string => {
    const offset = chance(5) ? ` offset ${chance(3) ? "-" : ""}${pick(SHIFTS)}` : "";
    const at = mayFix && chance(8) ? ` @ ${pick([second(START + upTo(LENGTH_MS)), "start()", "end()"])}` : "";
    return chance(2) ? offset + at : at + offset;
  };
  const bareSelector = (metric?: string): string => {
    const matchers = chance(2) ? [] : Array.from({ length: 1 + upTo(2) }, () => pick(chance(8) ? NOBODY : MATCHERS));
    if (metric === undefined && chance(12))
      return `{__name__=~"${pick(["up|level", "te.*", "requests.*|up"])}"${matchers.map((one) => `,${one}`).join("")}}`;
    const name = metric ?? pick(METRICS);
    return matchers.length === 0 ? name : `${name}{${matchers.join(",")}}`;
  };
  // Prometheus (2 and 3) reads the samples of `timestamp(x offset 1m @ 10)` with its offset, and looks for them without.
  const moved = (): string => `${bareSelector()}${pick(["", ` offset ${pick(SHIFTS)}`, " @ start()", " @ end()"])}`;
  const selector = (metric?: string): Made => made(bareSelector(metric) + shift(), true);
  const labelList = (): string => Array.from({ length: upTo(3) }, () => pick(LABELS)).join(", ");

  const matrix = (depth: number, mayFix = true): string => {
    if (depth === 0 || !chance(4)) return `${bareSelector()}[${pick(DURATIONS)}]${shift(mayFix)}`;
    const inner = vector(depth - 1).text;
    return `(${inner})[${pick(DURATIONS)}:${pick(["", "30s", "1m", "47s"])}]${shift(mayFix)}`;
  };

  const scalar = (depth: number): string => {
    if (depth === 0 || chance(2)) return chance(8) ? pick(["time()", "pi()"]) : pick(NUMBERS);
    if (chance(3)) return `scalar(${vector(depth - 1).text})`;
    if (chance(4)) return `-(${scalar(depth - 1)})`;
    const op = chance(3) ? `${pick(COMPARE)} bool` : pick(ARITHMETIC);
    return `(${scalar(depth - 1)} ${op} ${scalar(depth - 1)})`;
  };

  const rangeCall = (depth: number): Made => {
    // The series of a range function keep the order they have; those of a subquery have none.
    const input = matrix(depth);
    const ordered = !input.startsWith("(");
    switch (upTo(9)) {
      case 3:
        return made(`holt_winters(${input}, ${pick(["0.1", "0.5", "0.9"])}, ${pick(["0.1", "0.5"])})`, ordered);
      case 0:
        return made(`quantile_over_time(${pick(["0", "0.5", "0.9", "1", "-1", "2"])}, ${input})`, ordered);
      case 1:
        // Over plain samples: an extrapolation multiplies the last bit in which Go's functions differ from V8's. And without `@`:
        // Prometheus 2.42 moves such a window from step to step.
        return made(`predict_linear(${matrix(0, false)}, ${pick(["0", "60", "3600"])})`, ordered);
      case 2:
        return made(`absent_over_time(${input})`, true);
      default:
        return made(`${pick(RANGE)}(${input})`, ordered);
    }
  };

  const aggregation = (depth: number): Made => {
    const inner = vector(depth - 1);
    const by = chance(3) ? "" : ` ${pick(["by", "without"])} (${labelList()})`;
    const tidy = inner.ordered || !isRange;
    switch (upTo(6)) {
      case 0:
        return made(`count_values${by}("${pick(["value", "job", "le"])}", ${selector().text})`, false);
      case 1: {
        const k = pick(["1", "2", "3", "5", "0", "-1"]);
        return made(`${pick(["topk", "bottomk"])}${by}(${k}, ${selector().text})`, false);
      }
      case 2:
        return made(`quantile${by}(${pick(["0", "0.25", "0.5", "0.99", "1", "1.5"])}, ${inner.text})`, tidy);
      case 3:
        return made(`${pick(["min", "max", "count", "group"])}${by}(${inner.text})`, tidy);
      default:
        return made(`${pick(["sum", "avg", "stddev", "stdvar"])}${by}(${tidy ? inner.text : selector().text})`, true);
    }
  };

  const binary = (depth: number): Made => {
    const left = vector(depth - 1);
    const bool = chance(3) ? " bool" : "";
    const op = chance(2) ? `${pick(COMPARE)}${bool}` : pick(ARITHMETIC);
    if (chance(3)) {
      const number = scalar(depth - 1);
      return made(
        chance(2) ? `(${left.text}) ${op} ${number}` : `${number} ${op} (${left.text})`,
        left.ordered && !isRange,
      );
    }
    const related = chance(2) ? left : vector(depth - 1);
    const matching = chance(2) ? "" : ` ${pick(["on", "ignoring"])}(${labelList()})`;
    if (chance(3))
      return made(
        `(${left.text}) ${pick(["and", "or", "unless"])}${matching} (${related.text})`,
        !isRange && left.ordered,
      );
    const many = chance(2) ? selector().text : left.text;
    if (chance(3)) {
      const group = `${pick(["on", "ignoring"])}(instance) group_left(${pick(["", "version"])})`;
      return made(`${many} * ${group} build_info`, false);
    }
    const group =
      matching !== "" && chance(3) ? ` ${pick(["group_left", "group_right"])}(${pick(["", "code", "version"])})` : "";
    return made(`(${left.text}) ${op}${matching}${group} (${related.text})`, !isRange && left.ordered);
  };

  const call = (depth: number): Made => {
    const inner = vector(depth - 1);
    const tidy = inner.ordered && !isRange;
    switch (upTo(10)) {
      case 0:
        return made(
          `label_replace(${inner.text}, "${pick(LABELS)}", "${pick(["$1", "x-\u0024{1}", "", "fix"])}", "${pick(LABELS)}", "${pick(["(.*)", "(a|b).*", "(.+)", ""])}")`,
          tidy,
        );
      case 1:
        return made(`label_join(${inner.text}, "${pick(LABELS)}", "-", "${pick(LABELS)}", "${pick(LABELS)}")`, tidy);
      case 2: {
        const buckets = pick([
          "latency_bucket",
          "rate(latency_bucket[5m])",
          "sum by (le) (latency_bucket)",
          inner.text,
        ]);
        return made(`histogram_quantile(${pick(["0", "0.5", "0.9", "1", "-1", "2"])}, ${buckets})`, false);
      }
      case 3:
        return made(`${pick(["clamp_min", "clamp_max"])}(${inner.text}, ${scalar(depth - 1)})`, tidy);
      case 4:
        return made(`clamp(${inner.text}, ${scalar(depth - 1)}, ${scalar(depth - 1)})`, tidy);
      case 5:
        return chance(2)
          ? made(`absent(${inner.text})`, true)
          : made(`timestamp(${chance(2) ? moved() : `(${inner.text}) * 1`})`, tidy);
      case 6:
        return chance(3) ? made(`${pick(DATES)}()`, true) : made(`${pick(DATES)}(${selector("clock").text})`, tidy);
      case 7:
        return made(`round(${inner.text}, ${pick(["1", "0.5", "10", "5"])})`, tidy);
      case 8:
        return chance(2)
          ? made(`vector(${scalar(depth - 1)})`, true)
          : made(`${pick(["sort", "sort_desc"])}(${inner.text})`, false);
      default:
        return made(`${pick(MATH)}(${inner.text})`, tidy);
    }
  };

  const vector = (depth: number): Made => {
    if (depth <= 0) return selector();
    switch (upTo(9)) {
      case 0:
        return selector();
      case 1:
      case 2:
        return rangeCall(depth);
      case 3:
      case 4:
        return aggregation(depth);
      case 5:
      case 6:
        return binary(depth);
      case 7: {
        const inner = vector(depth - 1);
        return made(`-(${inner.text})`, inner.ordered);
      }
      default:
        return call(depth);
    }
  };
  return { vector, scalar, upTo, chance };
}

/** One question from a generator of fast-check. */
export function question(draw: GeneratorValue): Question {
  const isRange = draw(fc.boolean);
  const { vector, scalar, upTo, chance } = writer(draw, isRange);
  const query = chance(12) ? scalar(3) : vector(1 + upTo(3)).text;
  const at = START + upTo(LENGTH_MS + 10 * 60_000);
  if (!isRange) return { query, at };
  const stepMs = (5 + upTo(200)) * 1000;
  return { query, from: at, to: at + upTo(20) * stepMs + upTo(1000), stepMs };
}

/** So many questions, the same ones for the same seed. */
export const questions = (seed: number, count: number): Question[] =>
  fc.sample(fc.gen(), { seed, numRuns: count }).map(question);
