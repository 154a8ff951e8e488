/** What the lab lets a person move, policy by policy. Bounds and defaults are those of headgate.yaml; the API has the last word. */

export type Value = number | string | boolean;

interface Common {
  /** Where it stands in its policy ("cooldown.out", "metrics.0.target"), or in the service's section. */
  readonly key: string;
  readonly label: string;
  /** What moving it does, in one line. */
  readonly hint?: string;
  /** Shown and sent only where this other field has a value. */
  readonly needs?: string;
  /** Shown only where another field has this value. */
  readonly where?: readonly [key: string, value: string];
}

export interface NumberField extends Common {
  readonly kind: "number" | "duration";
  /** Durations: seconds, as everything here that is one. */
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  readonly unit?: string;
  /** Where the slider stands; what is typed may stand between two of them. */
  readonly stops: readonly number[];
  /** Undefined: it may be left out, and `absent` says what happens then. */
  readonly standard?: number;
  readonly absent?: string;
}

export interface ChoiceField extends Common {
  readonly kind: "choice";
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly standard: string;
}

export interface FlagField extends Common {
  readonly kind: "flag";
  readonly standard: boolean;
}

export interface TextField extends Common {
  readonly kind: "text";
  readonly standard: string;
}

export type Field = NumberField | ChoiceField | FlagField | TextField;

const range = (from: number, to: number, by: number): readonly number[] =>
  Array.from({ length: Math.round((to - from) / by) + 1 }, (_, index) => Number((from + index * by).toFixed(6)));

const SPANS = [0, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 480, 600, 900, 1200, 1800, 2700, 3600];
const LONG = [...SPANS, 7200, 14_400, 43_200, 86_400];
const COUNTS = [...range(0, 30, 1), ...range(32, 60, 2), ...range(65, 100, 5), 120, 150, 200, 300, 500, 1000, 10_000];
const MANY = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000, 1_000_000];

type Rest = Partial<Omit<NumberField, "kind" | "key" | "label" | "stops">>;

/** A number between its first and its last stop, unless `rest` says otherwise. */
const amount = (key: string, label: string, stops: readonly number[], rest: Rest = {}): NumberField => ({
  kind: "number",
  key,
  label,
  min: stops[0] ?? 0,
  max: stops.at(-1) ?? 0,
  ...rest,
  stops,
});
const span = (
  key: string,
  label: string,
  standard: number | undefined,
  rest: Rest = {},
  stops = SPANS,
): NumberField => ({
  ...amount(key, label, stops, { whole: true, unit: "s", ...(standard === undefined ? {} : { standard }), ...rest }),
  kind: "duration",
});
const share = (key: string, label: string, standard: number, rest: Rest = {}): NumberField =>
  amount(key, label, range(0.05, 1, 0.01), { standard, ...rest });
const percent = (key: string, label: string, standard: number): NumberField =>
  amount(key, label, range(1, 100, 1), { standard, unit: "%" });
const cooldowns = (out: number, inward: number): readonly NumberField[] => [
  span("cooldown.out", "Cooldown out", out, { hint: "Rest after an action before more is added." }, LONG),
  span("cooldown.in", "Cooldown in", inward, { hint: "Rest after an action before less is kept." }, LONG),
];
const FROM_10_S = SPANS.slice(1);

export interface PolicyKind {
  readonly type: string;
  readonly label: string;
  /** What it does, in one sentence. */
  readonly told: string;
  /** Members beside its fields. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly fields: readonly Field[];
}

export const KINDS: readonly PolicyKind[] = [
  {
    type: "predictive",
    label: "predictive",
    told: "Forecasts the minute that a decision can still change, and keeps head-room up to where one more task costs more than the bad minutes it avoids.",
    fields: [
      {
        kind: "choice",
        key: "forecaster",
        label: "Forecaster",
        standard: "regression",
        options: [
          ["regression", "regression: days, weeks, trend"],
          ["last", "last value: for load that jumps"],
        ],
      },
      amount(
        "violation",
        "Price of a bad minute",
        [0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 50, 75, 100, 200, 500, 1000],
        { standard: 10, unit: "fleet-min", hint: "In minutes of the average fleet." },
      ),
      amount(
        "thrift",
        "Thrift",
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.7, 2, 2.5, 3, 4, 5, 7, 10],
        { standard: 1, unit: "×", hint: "Above 1 fewer tasks, below 1 more." },
      ),
      amount("hold", "Hold", [...range(1, 15, 1), 20, 30, 45, 60], {
        standard: 1,
        whole: true,
        unit: "min",
        hint: "Minutes whose largest recommendation is kept.",
      }),
      amount("waste", "Waste before scaling in", [...range(0, 4, 0.125), ...range(4.5, 10, 0.5), 15, 20, 30, 45, 60], {
        standard: 1.25,
        unit: "fleet-min",
        hint: "What the tasks too many must have cost first.",
      }),
      amount("surge.factor", "Surge guard: a jump of", [...range(1, 5, 0.5), 6, 7, 8, 10, 15, 20, 50, 100], {
        unit: "×",
        absent: "off",
        hint: "A jump to so many times the load lets nobody wait longer than is set next.",
      }),
      span("surge.wait", "Surge guard: longest wait", 480, { needs: "surge.factor" }, FROM_10_S),
    ],
  },
  {
    type: "demand",
    label: "demand",
    told: "Tasks for the work that arrives and the work that waits, over what one task can do.",
    fields: [
      share("target", "Target use of a task", 0.7, { hint: "Lower: more spare capacity." }),
      span("drain", "Drain time", 300, { hint: "In it, what waits is to be worked off." }, FROM_10_S),
      span("window", "Window for scaling in", 600, { hint: "Inward by the largest count wanted in it." }),
    ],
  },
  {
    type: "target-tracking",
    label: "target tracking",
    told: "As AWS Application Auto Scaling follows a CPU target for ECS.",
    fields: [
      percent("target", "Target CPU", 70),
      amount("datapoints.out", "Points over it before out", [...range(1, 20, 1), 30, 45, 60], {
        standard: 3,
        whole: true,
      }),
      amount("datapoints.in", "Points under it before in", [...range(1, 20, 1), 30, 45, 60], {
        standard: 15,
        whole: true,
      }),
      amount("lowFactor", "In below this share of it", range(0.1, 1, 0.05), { standard: 0.9 }),
      ...cooldowns(300, 300),
      { kind: "flag", key: "disableScaleIn", label: "Never scale in", standard: false },
    ],
  },
  {
    type: "hpa",
    label: "Kubernetes HPA",
    told: "As the Kubernetes Horizontal Pod Autoscaler follows a CPU target.",
    fields: [
      percent("metrics.0.target", "Target CPU", 70),
      amount("tolerance", "Tolerance", range(0, 1, 0.01), {
        standard: 0.1,
        hint: "No change while the ratio is this near to 1.",
      }),
      span("out.stabilization", "Stabilization out", 0),
      span("in.stabilization", "Stabilization in", 300),
    ],
  },
  {
    type: "instances",
    label: "instances",
    told: "One more above the CPU limit, one less below half of it.",
    // A recorded load says nothing about memory.
    fixed: { memory: null },
    fields: [percent("cpu", "CPU limit", 75), ...cooldowns(300, 600)],
  },
  {
    type: "parallelism",
    label: "parallelism",
    told: "Multiplies above the high mark and shrinks below the low one.",
    fields: [
      percent("high", "High mark", 80),
      amount("low", "Low mark", range(0, 100, 1), { standard: 30, unit: "%" }),
      amount("grow", "Grow by", [...range(1, 3, 0.1), 3.5, 4, 5, 7, 10], { standard: 1.5, unit: "×" }),
      amount("shrink", "Shrink to", [0.01, ...range(0.05, 1, 0.05)], { standard: 0.7, unit: "×" }),
      ...cooldowns(300, 600),
    ],
  },
  {
    type: "kafka-lag",
    label: "Kafka lag",
    told: "The lag of a consumer group: what arrives and what waits over a time to catch up, or the rules of KEDA.",
    fields: [
      { kind: "text", key: "cluster", label: "Cluster, a name under streams", standard: "main" },
      { kind: "text", key: "group", label: "Consumer group", standard: "consumers" },
      {
        kind: "choice",
        key: "rule",
        label: "Rule",
        standard: "catch-up",
        options: [
          ["catch-up", "catch-up: arrivals and lag"],
          ["keda", "KEDA: lag alone"],
        ],
      },
      span("catchUp", "Time to catch up", 300, { where: ["rule", "catch-up"] }, LONG.slice(1)),
      share("target", "Target use of a consumer", 0.8, { where: ["rule", "catch-up"] }),
      span("window", "Window for scaling in", 300, { where: ["rule", "catch-up"] }),
      amount("lagThreshold", "Records that wait for one instance", MANY, {
        standard: 10,
        whole: true,
        max: Number.MAX_SAFE_INTEGER,
        where: ["rule", "keda"],
      }),
      span("cooldown", "Cooldown to none", 300, {}, LONG),
    ],
  },
];

const STEP = { whole: true, absent: "no limit", min: 1, max: 10_000 } as const;

/** Of the service's section, whatever its policies are. */
export const SECTION: readonly NumberField[] = [
  amount("min", "Fewest tasks", COUNTS, { standard: 2, whole: true }),
  amount("max", "Most tasks", COUNTS.slice(1), { standard: 20, whole: true }),
  span("startDelay", "Start delay believed", undefined, {
    absent: "as seen lately",
    hint: "From asking for a task to its being ready.",
  }),
  amount("maxStep.out", "Most tasks added at once", COUNTS.slice(1), STEP),
  amount("maxStep.in", "Most tasks taken away at once", COUNTS.slice(1), STEP),
];

export const kindOf = (type: unknown): PolicyKind | undefined => KINDS.find((kind) => kind.type === type);
