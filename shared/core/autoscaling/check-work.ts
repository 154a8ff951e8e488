import { formatDuration, iso } from "../kernel/time.ts";
import { isTimezone } from "../kernel/timezone.ts";
import { paidFor } from "./bounds.ts";
import type { SemanticFault, Surroundings } from "./check.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";
import { bandOf } from "./flink/config.ts";
import { parsePeriod } from "./flink/excluded.ts";
import { unitOf } from "./needs.ts";
import { digits } from "./signal.ts";

type Of<T extends Policy["type"]> = Extract<Policy, { type: T }>;
type Path = readonly (string | number)[];

/** Faults of `capacity`, `startDelay`, `maxStep`, `budget` and `outcome`. */
export function checkGuards(config: AutoscalingConfig): readonly SemanticFault[] {
  const { budget, capacity, learnCapacity, startDelay, outcome, min } = config;
  const faults: SemanticFault[] = [];
  const works = config.policies.some(({ type }) => type === "demand" || type === "predictive" || type === "auto");
  if (learnCapacity === false && capacity === undefined && works)
    faults.push(
      fault(["learnCapacity"], "what a task can do is neither given nor learned", false, "true, or capacity beside it"),
    );
  if (capacity !== undefined && !works)
    faults.push({
      ...fault(
        ["capacity"],
        "no policy here works with what a task can do",
        capacity,
        "a policy of type demand, predictive or auto",
      ),
      works: true,
    });
  if (budget) {
    const paid = paidFor({ ...config, min: 0 }) ?? 0;
    if (paid < 1)
      faults.push(
        fault(
          ["budget", "perHour"],
          `the budget pays for no instance at ${digits(budget.taskHour)} an hour`,
          budget.perHour,
          `number from ${digits(budget.taskHour)} on`,
        ),
      );
    else if (paid < min)
      faults.push({
        ...fault(
          ["budget", "perHour"],
          `the budget pays for ${paid}, fewer than the minimum of ${min}: the budget wins`,
          budget.perHour,
          `number from ${digits(min * budget.taskHour)} on`,
        ),
        works: true,
      });
  }
  if (outcome && startDelay !== undefined && startDelay >= outcome.after)
    faults.push(
      fault(
        ["outcome", "after"],
        `instances need ${formatDuration(startDelay)} to start: after ${formatDuration(outcome.after)} nothing can have helped`,
        formatDuration(outcome.after),
        `longer than ${formatDuration(startDelay)}`,
      ),
    );
  return faults;
}

/** Policies that a Flink job can have. */
const ON_JOBS: ReadonlySet<Policy["type"]> = new Set(["flink", "parallelism", "scheduled"]);

/** Policies that do not go together, or not with this kind of service. */
export function checkTogether(config: AutoscalingConfig, { flink }: Surroundings): readonly SemanticFault[] {
  const { policies } = config;
  const types = policies.map(({ type }) => type);
  return policies.flatMap(({ type }, index) => {
    const path = ["policies", index, "type"];
    if (type === "auto" && types.some((other, place) => place !== index && other !== "scheduled"))
      return [fault(path, "auto picks the policy: it stands alone", type, "auto, beside scheduled alone")];
    if (flink === true && !ON_JOBS.has(type))
      return [
        fault(
          path,
          `a Flink job is scaled by vertex, which a policy of type ${type} does not know`,
          type,
          [...ON_JOBS].join(", "),
        ),
      ];
    if (flink === false && type === "flink")
      return [
        fault(path, "only a service with flink: is scaled by vertex", type, "another type, or flink: under services"),
      ];
    if (type === "flink" && types.indexOf("flink") !== index)
      return [fault(path, "a job has one policy of this type", type, "once")];
    return [];
  });
}

/** Faults of the policies that work with arrivals, backlog and lag. */
export function checkWork(
  policy: Of<"demand" | "predictive" | "auto" | "kafka-lag" | "flink">,
  { streams }: Surroundings,
): readonly SemanticFault[] {
  switch (policy.type) {
    case "demand":
    case "auto":
      return checkWorkMetrics(policy);
    case "predictive":
      return [...checkWorkMetrics(policy), ...checkEvents(policy)];
    case "kafka-lag":
      return [...checkCluster(policy, streams), ...checkLag(policy), ...checkIdle(policy)];
    case "flink":
      return checkFlink(policy);
  }
}

function checkWorkMetrics(policy: Of<"demand" | "predictive" | "auto">): readonly SemanticFault[] {
  const { arrivals, backlog } = policy;
  const per = arrivals.endsWith("_per_instance") || ["percent", "count", "ms"].includes(unitOf(arrivals));
  return [
    ...(per
      ? [
          fault(
            ["arrivals"],
            `${arrivals} is no work that arrives at all instances together`,
            arrivals,
            "a rate over all instances, such as requests",
          ),
        ]
      : []),
    ...(backlog !== null && (backlog === arrivals || unitOf(backlog) === "percent")
      ? [
          fault(
            ["backlog"],
            `${backlog} is not what waits`,
            backlog,
            "a metric of what waits, over all instances, or null",
          ),
        ]
      : []),
  ];
}

function checkEvents({ events }: Of<"predictive">): readonly SemanticFault[] {
  const order = events.map((event, index) => ({ ...event, index })).sort((a, b) => a.from - b.from);
  return order.slice(1).flatMap((event, place) => {
    const before = order[place] as (typeof order)[number];
    if (event.from >= before.to) return [];
    return [
      fault(
        ["events", event.index, "from"],
        `overlaps with event ${before.index}, which ends at ${iso(before.to)}: only one factor can hold`,
        iso(event.from),
        `from ${iso(before.to)} on`,
      ),
    ];
  });
}

function checkCluster({ cluster }: Of<"kafka-lag">, streams: readonly string[] | undefined): readonly SemanticFault[] {
  if (!streams || streams.includes(cluster)) return [];
  const allowed = streams.length === 0 ? "a name under streams, where there is none" : streams.join(", ");
  return [fault(["cluster"], `cluster ${JSON.stringify(cluster)} is not in streams`, cluster, allowed)];
}

/** KEDA refuses the first two as well. */
function checkLag(policy: Of<"kafka-lag">): readonly SemanticFault[] {
  const { rule, limitToPartitionsWithLag, allowIdleConsumers, topics } = policy;
  if (rule !== "keda" || !limitToPartitionsWithLag) return [];
  return [
    ...(allowIdleConsumers
      ? [
          fault(
            ["allowIdleConsumers"],
            "consumers beyond the partitions with lag cannot be both forbidden and allowed",
            true,
            "one of allowIdleConsumers and limitToPartitionsWithLag",
          ),
        ]
      : []),
    ...(topics === undefined
      ? [
          fault(
            ["limitToPartitionsWithLag"],
            "partitions with lag are counted in named topics",
            true,
            "topics beside it",
          ),
        ]
      : []),
  ];
}

/** Both are KEDA's: its idleReplicaCount must be below its minReplicaCount, too. */
function checkIdle({ idle, active }: Of<"kafka-lag">): readonly SemanticFault[] {
  if (idle === undefined || active === undefined || idle < active) return [];
  const allowed = `whole number from 0 to ${active - 1}`;
  return [fault(["idle"], `must be below active, which is ${active}: else it is never gone to`, idle, allowed)];
}

function checkFlink(policy: Of<"flink">): readonly SemanticFault[] {
  const { utilization, vertexMin, vertexMax, timezone, restart, restartMax, excludedPeriods } = policy;
  const band = bandOf(policy);
  return [
    ...(band.min < utilization && utilization < band.max
      ? []
      : [
          fault(
            ["utilization"],
            "the band must lie around the target",
            utilization,
            `number between utilizationMin ${band.min} and utilizationMax ${band.max}`,
          ),
        ]),
    ...(vertexMin <= vertexMax
      ? []
      : [fault(["vertexMin"], "vertexMin must not be above vertexMax", vertexMin, `integer up to ${vertexMax}`)]),
    ...(restart <= restartMax
      ? []
      : [
          fault(
            ["restart"],
            "a restart is not counted beyond restartMax",
            formatDuration(restart),
            `up to ${formatDuration(restartMax)}`,
          ),
        ]),
    ...(isTimezone(timezone)
      ? []
      : [fault(["timezone"], "unknown time zone", timezone, "IANA name such as Europe/Berlin or UTC")]),
    ...excludedPeriods.flatMap((text, index) => {
      const parsed = parsePeriod(text);
      return parsed.ok
        ? []
        : [
            fault(
              ["excludedPeriods", index],
              parsed.message,
              text,
              "09:00-17:00, a cron expression, or both joined by &&",
            ),
          ];
    }),
  ];
}

function fault(path: Path, message: string, value: unknown, allowed: string): SemanticFault {
  return { path, message, value, allowed };
}
