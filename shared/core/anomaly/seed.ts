import { HeadgateError } from "../kernel/errors.ts";
import type { Millis } from "../kernel/time.ts";

/** Which rule a signal stands under; the words of the four golden signals. */
export type SeedRole = "latency" | "traffic" | "errors" | "saturation";

/** Values a signal remembers, and how many it takes to judge. */
const WINDOW = 1000;
const LEAST = 10;
/** Deviations that response times and throughput may lie from their mean. */
const DEVIATIONS = { latency: 3.0, traffic: 2.5 } as const;
/** What an error rate and the use of resources, (cpu + memory) / 2, may reach as fractions. */
const LIMITS = { errors: 0.05, saturation: 0.9 } as const;
/** Values beyond are taken for this: their squares must stay finite. */
const LARGEST = 1e150;
/** From there on an anomaly is "high". */
export const SEED_HIGH_Z = 4;

/** Where a value lies exactly on its rule's limit. What exceeds it scores more, everything else less. */
const AT_LIMIT = 0.5595;
const ODDS_AT_LIMIT = AT_LIMIT / (1 - AT_LIMIT);

export type SeedKind =
  | "response_time_anomaly"
  | "throughput_anomaly"
  | "error_rate_anomaly"
  | "resource_anomaly"
  /** A value other than the one the signal has always had: no deviation tells how much that is. */
  | "jump_off_constant";

const KINDS = {
  latency: "response_time_anomaly",
  traffic: "throughput_anomaly",
  errors: "error_rate_anomaly",
  saturation: "resource_anomaly",
} as const satisfies Record<SeedRole, SeedKind>;

export interface SeedFound {
  readonly score: number;
  /** Present where the rule finds an anomaly. */
  readonly kind?: SeedKind;
  readonly severity?: "medium" | "high";
  /** |value - mean| / deviation; absent without a baseline or a deviation. */
  readonly z?: number;
  readonly expected?: { readonly low: number; readonly high: number; readonly value: number };
  /** Fewer than ten values so far: no baseline, no anomaly. */
  readonly learning: boolean;
}

export interface SeedDetector {
  push(at: Millis, value: number): number;
  detail(): SeedFound;
  /** At most 8 KB: the remembered values, eight bytes each. */
  save(): Uint8Array<ArrayBuffer>;
}

/**
 * The platform's original rules, exactly: of the last 1,000 values before this one, at least ten, the mean and the sample
 * standard deviation; a response time more than 3.0 deviations off, a throughput more than 2.5, an error rate above 0.05, a
 * use of resources above 0.9 is an anomaly, "high" where z > 4, else "medium". All four need a baseline.
 *
 * Where the original had quirks: it read a missing value as 0 (here nothing is scored and nothing learnt), and a signal that
 * had never moved (deviation 0) could do anything unnoticed (here staying is no anomaly, and leaving is one, as a kind of its
 * own). Scores rank values within a rule: above 0.5595 exactly where the rule finds an anomaly.
 */
export function createSeed(options: { readonly role?: SeedRole; readonly state?: Uint8Array } = {}): SeedDetector {
  const { role = "latency", state } = options;
  const values = state ? read(state) : [];
  let found: SeedFound = { score: 0, learning: values.length < LEAST };
  return {
    push(_at, value) {
      if (!Number.isFinite(value)) {
        found = { score: 0, learning: values.length < LEAST };
        return 0;
      }
      const bounded = Math.max(-LARGEST, Math.min(LARGEST, value));
      found = values.length < LEAST ? { score: 0, learning: true } : judge(role, values, bounded);
      values.push(bounded);
      if (values.length > WINDOW) values.shift();
      return found.score;
    },
    detail: () => found,
    save: () => new Uint8Array(Float64Array.from(values).buffer),
  };
}

function judge(role: SeedRole, values: readonly number[], value: number): SeedFound {
  let sum = 0;
  for (const each of values) sum += each;
  const mean = sum / values.length;
  let squares = 0;
  for (const each of values) squares += (each - mean) * (each - mean);
  const deviation = values.every((each) => each === values[0]) ? 0 : Math.sqrt(squares / (values.length - 1));
  if (deviation === 0) return constant(values[0] as number, value);
  const z = Math.abs(value - mean) / deviation;
  if (role === "latency" || role === "traffic") {
    const most = DEVIATIONS[role];
    const band = { low: mean - most * deviation, high: mean + most * deviation, value: mean };
    return rule(KINDS[role], z / most, z, band);
  }
  return rule(KINDS[role], Math.max(0, value) / LIMITS[role], z, { low: 0, high: LIMITS[role], value: mean });
}

function constant(usual: number, value: number): SeedFound {
  const expected = { low: usual, high: usual, value: usual };
  if (value === usual) return { score: 0, expected, learning: false };
  return { score: 1, kind: "jump_off_constant", severity: "medium", expected, learning: false };
}

function rule(kind: SeedKind, share: number, z: number, expected: NonNullable<SeedFound["expected"]>): SeedFound {
  const odds = ODDS_AT_LIMIT * share;
  const score = odds === Infinity ? 1 : odds / (1 + odds);
  if (!(share > 1)) return { score: Math.min(score, AT_LIMIT - 1e-9), z, expected, learning: false };
  const severity = z > SEED_HIGH_Z ? "high" : "medium";
  return { score: Math.max(score, AT_LIMIT + 1e-9), kind, severity, z, expected, learning: false };
}

function read(state: Uint8Array): number[] {
  const values = state.length % 8 === 0 ? Array.from(new Float64Array(Uint8Array.from(state).buffer)) : [];
  if (state.length % 8 !== 0 || values.length > WINDOW || !values.every(Number.isFinite)) {
    throw new HeadgateError("input.invalid", `these ${state.length} bytes are no state of the seed detector`);
  }
  return values;
}
