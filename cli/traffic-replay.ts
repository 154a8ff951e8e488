import { policyNamed } from "../shared/core/traffic/simulate/policy-names.ts";
import type { Replay, ReplayFigures } from "../shared/core/traffic/simulate/replay.ts";
import { text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";
import { HOSTS, noBackends, readHostsFile, SERVICE, UNIT, unitOf } from "./traffic-hosts.ts";
import {
  balancingsFrom,
  numberOf,
  optionalNumber,
  policiesOf,
  SEED,
  SET,
  seedOf,
  TABLE_SIZE,
} from "./traffic-options.ts";
import { readRecorded } from "./traffic-recorded.ts";

const HELP = "headgate traffic replay --help";

const shown = (value: number | null, digits = 3): string =>
  value === null ? "-" : Number(value.toPrecision(digits)).toLocaleString("en", { maximumSignificantDigits: digits });

const cells = (one: ReplayFigures): readonly string[] => [
  one.policy,
  shown(one.p50),
  shown(one.p99),
  shown(one.cv),
  shown(one.maxOverMean),
  one.movedKeys === null ? "-" : `${one.movedKeys} (${shown(one.movedKeysPct)} %)`,
  shown(one.hostsPerKey),
  `${one.failed}`,
  one.ejections === null ? "-" : `${one.ejections}`,
];

function tell(io: Io, replay: Replay, eachStandsFor: number): void {
  const span = replay.from === null || replay.to === null ? "" : ` from ${stamp(replay.from)} to ${stamp(replay.to)}`;
  const each = eachStandsFor > 1 ? `, each for ${shown(eachStandsFor)} of them` : "";
  io.line(`${replay.requests} requests${span}${each}`);
  const rows = [...(replay.recorded ? [replay.recorded] : []), ...replay.policies].map(cells);
  const heads = ["POLICY", "P50 MS", "P99 MS", "CV", "MAX/MEAN", "MOVED KEYS", "HOSTS PER KEY", "FAILED", "EJECTIONS"];
  for (const line of table([heads, ...rows])) io.line(line);
  io.line(plain(replay.recommendation));
}

/** `headgate traffic replay`. */
export const trafficReplayVerb: Verb = {
  name: "replay",
  about:
    "What each policy would have done with recorded requests, before anybody switches: response times, evenness, keys that move, ejections, and which one to take. Needs no server. Exits 1 where there was no host for any request.",
  options: [
    {
      name: "requests",
      value: "FILE",
      about:
        "the gateway's access log, CSV timestamp,ms,key,tags (backend, status), or counts per period as CSV timestamp,value",
      required: true,
    },
    HOSTS,
    { name: "policies", value: "A,B", about: "which ones, with commas (default: all)" },
    { name: "current", value: "NAME", about: "what is used now, to be compared with (default: what was recorded)" },
    { name: "most", value: "N", about: "so many single requests are made of counts per period (default: 200000)" },
    { name: "load", value: "SHARE", about: "of counts per period: how busy hosts were at the peak (default: 0.8)" },
    { name: "service-ms", value: "MS", about: "mean service time where the record has no times" },
    { name: "outlier", value: "on|off", about: "passive ejection with its defaults (default: on)" },
    TABLE_SIZE,
    UNIT,
    SET,
    SEED,
    SERVICE,
  ],
  example: "headgate traffic replay --requests access.ndjson --hosts hosts.yaml --current round_robin",
  run: async ({ io, options }) => {
    const policies = policiesOf(text(options, "policies"), HELP);
    const [seed, unit] = [seedOf(options, HELP), unitOf(options, HELP)];
    const most = numberOf(options, "most", { least: 1, most: 5_000_000, otherwise: 200_000, whole: true }, HELP);
    const load = numberOf(options, "load", { least: 0.001, most: 100, otherwise: 0.8 }, HELP);
    const given = optionalNumber(options, "service-ms", { least: 0.001, most: 3_600_000 }, HELP);
    const outlier = text(options, "outlier") ?? "on";
    if (outlier !== "on" && outlier !== "off") throw new UsageError(`--outlier ${outlier} is not on or off`, HELP);
    const named = text(options, "current");
    const current = named === undefined ? undefined : policyNamed(named);
    if (named !== undefined && !current) throw new UsageError(`--current ${named} is no policy`, HELP);
    const wanted = current && !policies.includes(current) ? [current, ...policies] : policies;
    const balancings = await balancingsFrom(wanted, options, HELP);
    const [file, service] = [text(options, "hosts") as string, text(options, "service")];
    const hosts = await readHostsFile(io, file, { unit, service });
    if (hosts.length === 0) return noBackends(io, file, service);
    const { recorded, peakRate } = await readRecorded(io, text(options, "requests") as string, { most, seed });

    const [{ replayRequests }, { capacityOf, speedsOf }, { outlierOf }] = await Promise.all([
      import("../shared/core/traffic/simulate/replay.ts"),
      import("../shared/core/traffic/simulate/speeds.ts"),
      import("../shared/core/traffic/simulate/setting.ts"),
    ]);
    const eachStandsFor = recorded.eachStandsFor ?? 1;
    const serviceMs = given ?? (peakRate ? (load * capacityOf(speedsOf(hosts, 1))) / peakRate : undefined);
    io.progress(`${recorded.requests.length} requests through ${balancings.length} policies …`);
    const replay = replayRequests(recorded, balancings, hosts, {
      seed,
      serviceMs,
      current,
      outlier: outlier === "on" ? outlierOf() : "off",
      onPanic: (policy) =>
        io.note(`${policy}: panic: too few hosts were well, so the unhealthy and ejected ones were used too`),
    });
    io.document(replay);
    tell(io, replay, eachStandsFor);
    for (const { policy, refused } of replay.policies)
      if (refused > 0) io.note(`${policy}: there was no host for ${refused} requests`);
    return replay.policies.every(({ refused }) => refused === replay.requests) ? 1 : 0;
  },
};
