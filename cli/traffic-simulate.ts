import type { PolicyRun } from "../shared/core/traffic/simulate/simulate.ts";
import { text, type Verb } from "./command.ts";
import { type Io, table } from "./io.ts";
import { HOSTS, noBackends, readHostsFile, SERVICE, UNIT, unitOf } from "./traffic-hosts.ts";
import {
  balancingsFrom,
  listed,
  numberOf,
  optionalNumber,
  POLICY,
  policiesOf,
  SEED,
  SET,
  seedOf,
  TABLE_SIZE,
  TAGS,
} from "./traffic-options.ts";

const HELP = "headgate traffic simulate --help";

const shown = (value: number | null, digits = 3): string =>
  value === null ? "-" : Number(value.toPrecision(digits)).toLocaleString("en", { maximumSignificantDigits: digits });

function tell(io: Io, runs: readonly PolicyRun[], load: number, seed: number): void {
  const rows = runs.map(({ figures, diverges }) => [
    figures.policy,
    shown(figures.p50),
    `${shown(figures.p99)}${diverges ? " (diverges)" : ""}`,
    shown(figures.cv),
    shown(figures.maxOverMean, 4),
    shown(figures.movedOnRemovePct, 4),
    shown(figures.movedOnAddPct, 4),
    shown(figures.nsPerPick),
  ]);
  const heads = ["POLICY", "P50", "P99", "CV", "MAX/MEAN", "MOVED ON REMOVE %", "ON ADD %", "NS PER PICK"];
  for (const line of table([heads, ...rows])) io.line(line);
  const [first] = runs;
  if (first) io.line(`times in mean service times (${shown(first.serviceMs)} ms) at a load of ${load}, seed ${seed}`);
}

/** What the figures do not say by themselves. */
function warn(io: Io, { figures: { policy }, result, diverges, panic }: PolicyRun): void {
  if (diverges)
    io.note(
      `${policy}: queues grew to the end (${result.waiting} requests): with more requests times would be longer still`,
    );
  if (panic) io.note(`${policy}: panic: too few hosts are well, so the unhealthy and ejected ones were used too`);
  if (result.refused > 0) io.note(`${policy}: there was no host for ${result.refused} requests`);
}

/** `headgate traffic simulate`. */
export const trafficSimulateVerb: Verb = {
  name: "simulate",
  about:
    "What a policy does with a stream of requests: response times of queues at a load, the share of each host, keys moved by a change of hosts, the cost of a pick. Needs no server.",
  options: [
    HOSTS,
    { ...POLICY, about: `${POLICY.about}; several with commas, or all (default: all)` },
    { name: "requests", value: "N", about: "how many (default: 200000)" },
    { name: "load", value: "SHARE", about: "of what the hosts can serve together (default: 0.8)" },
    {
      name: "service-ms",
      value: "MS",
      about: "mean service time of a middling host (default: as in the file, else 10)",
    },
    { name: "keys", value: "N", about: "different keys of the requests (default: none; of hash policies 1000000)" },
    TAGS,
    UNIT,
    TABLE_SIZE,
    SET,
    SEED,
    SERVICE,
  ],
  example: "headgate traffic simulate --hosts hosts.yaml --policy all --requests 100000 --load 0.8",
  run: async ({ io, options }) => {
    const policies = policiesOf(text(options, "policy"), HELP);
    const whole = { least: 1, whole: true };
    const requests = numberOf(options, "requests", { ...whole, most: 10_000_000, otherwise: 200_000 }, HELP);
    const load = numberOf(options, "load", { least: 0.001, most: 100, otherwise: 0.8 }, HELP);
    const serviceMs = optionalNumber(options, "service-ms", { least: 0.001, most: 3_600_000 }, HELP);
    const keys = optionalNumber(options, "keys", { ...whole, most: 10_000_000 }, HELP);
    const [seed, unit] = [seedOf(options, HELP), unitOf(options, HELP)];
    const tags = text(options, "tags") === undefined ? undefined : listed(text(options, "tags"));
    const balancings = await balancingsFrom(policies, options, HELP);
    const [file, service] = [text(options, "hosts") as string, text(options, "service")];
    const hosts = await readHostsFile(io, file, { unit, service });
    if (hosts.length === 0) return noBackends(io, file, service);

    const { simulatePolicy } = await import("../shared/core/traffic/simulate/simulate.ts");
    const runs: PolicyRun[] = [];
    for (const balancing of balancings) {
      io.progress(`${balancing.balance.policy} …`);
      runs.push(
        simulatePolicy(hosts, {
          balancing,
          requests,
          load,
          seed,
          tags,
          ...(serviceMs === undefined ? {} : { serviceMs }),
          ...(keys === undefined ? {} : { keys }),
          nowMs: () => performance.now(),
        }),
      );
    }
    const figures = runs.map((one) => one.figures);
    io.document(figures.length === 1 ? figures[0] : figures);
    tell(io, runs, load, seed);
    for (const one of runs) warn(io, one);
    return runs.every(({ result }) => result.refused === requests) ? 1 : 0;
  },
};
