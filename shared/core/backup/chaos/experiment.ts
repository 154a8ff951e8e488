import * as v from "valibot";
import { duration, integer, number } from "../../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../kernel/time.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const url = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://"));
const command = v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(1000));
const address = v.pipe(v.string(), v.regex(/^(\[[0-9A-Fa-f:]+\]|[^\s:/]+):\d{1,5}$/, "host:port"));
const bound = { min: v.optional(number(-1e300, 1e300)), max: v.optional(number(-1e300, 1e300)) };
const exactly = (kinds: readonly string[]) => `exactly one of ${kinds.join(", ")}`;
const one = (kinds: readonly string[], given: object): boolean =>
  kinds.filter((kind) => Object.hasOwn(given, kind)).length === 1;

const PROBES = ["http", "promql", "lag", "command"];
const Probe = v.pipe(
  v.strictObject({
    name: v.optional(name),
    http: v.optional(
      v.strictObject({
        url,
        /** Default: any below 400. */
        status: v.optional(integer(100, 599)),
        /** The answer has this text in it. */
        contains: v.optional(name),
        /** And it came within. */
        within: v.optional(duration(1, HOUR_MS), "5s"),
      }),
    ),
    /** All series of the answer lie in the bound; no series is a failure. */
    promql: v.optional(v.strictObject({ url, query: name, ...bound })),
    /** Records a group is behind, of all its partitions. */
    lag: v.optional(
      v.strictObject({ cluster: v.optional(name), group: name, max: integer(0, Number.MAX_SAFE_INTEGER) }),
    ),
    /** Exit code 0 within the time. */
    command: v.optional(v.strictObject({ run: command, within: v.optional(duration(1, HOUR_MS), "30s") })),
    /** Failing for so long in a row speaks not against the hypothesis yet. */
    tolerate: v.optional(duration(0, DAY_MS), "0s"),
  }),
  v.check((given) => one(PROBES, given), exactly(PROBES)),
);

const FAULTS = ["process", "command", "ecs", "proxy"];
const Fault = v.pipe(
  v.strictObject({
    name: v.optional(name),
    /** Processes of this machine that belong to us. */
    process: v.optional(
      v.pipe(
        v.strictObject({
          /** Instances of a service that `npm start` runs. */
          service: v.optional(name),
          pidFile: v.optional(name),
          /** Text in the command line. */
          match: v.optional(v.pipe(v.string(), v.minLength(4, "at least 4 characters"), v.maxLength(1024))),
          count: v.optional(integer(1, 1000), 1),
          /** KILL and TERM end it, STOP halts it until it is undone. */
          signal: v.optional(v.picklist(["KILL", "TERM", "STOP"]), "KILL"),
          /** Brings it back where nothing else does. */
          restart: v.optional(command),
        }),
        v.check((given) => one(["service", "pidFile", "match"], given), exactly(["service", "pidFile", "match"])),
      ),
    ),
    /** Anything, with what undoes it: a broker's stop and start. Counts as one target. */
    command: v.optional(
      v.strictObject({
        run: command,
        undo: v.optional(command),
        of: v.optional(integer(1, 100_000)),
        within: v.optional(duration(1, HOUR_MS), "60s"),
      }),
    ),
    /** Tasks of an ECS service; the service starts others. */
    ecs: v.optional(
      v.strictObject({
        cluster: name,
        service: name,
        count: v.optional(integer(1, 1000), 1),
        region: v.optional(name),
      }),
    ),
    /** A line we lay in front of an address: who is to feel it connects to `listen`. */
    proxy: v.optional(
      v.strictObject({
        listen: address,
        to: address,
        latency: v.optional(duration(0, HOUR_MS), "0s"),
        jitter: v.optional(duration(0, HOUR_MS), "0s"),
        /** Share of new connections that are reset. */
        errors: v.optional(number(0, 1), 0),
        /** Nothing goes through: open connections are cut and new ones refused. */
        cut: v.optional(v.boolean(), false),
      }),
    ),
    /** After the start of the faults; and for how long, at most to their end. */
    at: v.optional(duration(0, DAY_MS), "0s"),
    for: v.optional(duration(1, DAY_MS)),
  }),
  v.check((given) => one(FAULTS, given), exactly(FAULTS)),
);

/** A chaos experiment: what should hold, what is broken, how far it may go, and when it is stopped. */
export const ExperimentFile = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "letters, digits, '.', '_' and '-', at most 100"),
  ),
  hypothesis: name,
  steady: v.pipe(v.array(Probe), v.minLength(1), v.maxLength(50)),
  faults: v.pipe(v.array(Fault), v.minLength(1), v.maxLength(50)),
  /** Between two looks. */
  every: v.optional(duration(10, HOUR_MS), "1s"),
  /** The steady state has to hold for so long before anything is broken. */
  before: v.optional(duration(0, HOUR_MS), "3s"),
  duration: v.optional(duration(1, DAY_MS), "1m"),
  /** How long it may take to be steady again when all is undone. */
  recovery: v.optional(duration(0, DAY_MS), "2m"),
  /** No more than so many targets, and no more than this share of those there are, whatever the faults say. */
  blast: v.optional(
    v.strictObject({ targets: v.optional(integer(1, 1000), 1), percent: v.optional(number(0, 100), 50) }),
    {},
  ),
  /** A probe that fails for longer than this ends it at once, and all is undone. */
  stop: v.optional(v.strictObject({ after: v.optional(duration(0, DAY_MS), "30s") }), {}),
});
export type Experiment = v.InferOutput<typeof ExperimentFile>;
export type ProbeSpec = Experiment["steady"][number];
export type FaultSpec = Experiment["faults"][number];

/** What a probe is called where nobody named it. */
export const probeName = (probe: ProbeSpec, index: number): string =>
  probe.name ?? `${PROBES.find((kind) => Object.hasOwn(probe, kind)) ?? "probe"} ${index + 1}`;
export const faultName = (fault: FaultSpec, index: number): string =>
  fault.name ?? `${FAULTS.find((kind) => Object.hasOwn(fault, kind)) ?? "fault"} ${index + 1}`;

/** The longest an experiment may take, ms. */
export const longest = ({ before, duration: length, recovery }: Experiment): number =>
  before + length + recovery + MINUTE_MS;

/** How many of `there` targets may be taken: the smallest of what is asked for and both bounds. 0: none. */
export const allowedTargets = (
  asked: number,
  there: number,
  { targets, percent }: Experiment["blast"],
  taken = 0,
): number => Math.max(0, Math.min(asked, targets - taken, Math.floor((there * percent) / 100 + 1e-9)));
