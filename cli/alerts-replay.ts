import { dirname, isAbsolute, join } from "node:path";
import type { ReplayDifference } from "../shared/core/alerting/diff.ts";
import type { AlertEvent, Replay, ReplayedNotification } from "../shared/core/alerting/engine.ts";
import type { LineFault } from "../shared/core/alerting/replay-read.ts";
import type { AlertingConfig, AlertmanagerSettings } from "../shared/core/alerting/types.ts";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { formatDuration, iso, type Millis } from "../shared/core/kernel/time.ts";
import { readAlertingFile } from "./alerts-files.ts";
import { type Given, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { stamp } from "./format.ts";
import { instant } from "./instants.ts";
import { type Io, plain, table } from "./io.ts";

const HELP = "headgate alerts replay --help";
/** A month of a busy installation. */
const MAX_EVENT_BYTES = 1_073_741_824;
/** Notifications told one by one to people. */
const MOST_LISTED = 200;
const NO_TIME = "0001-01-01T00:00:00Z";

type Config = AlertmanagerSettings | AlertingConfig;

function timeOf(options: Given, name: string): Millis | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const at = parseInstant(given)?.at;
  if (at !== undefined) return at;
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no instant (2026-01-31T12:00:00Z)`, HELP);
}

interface Series {
  readonly source: string;
  readonly events: readonly AlertEvent[];
  /** What times are counted in where they are numbers, as in the file. */
  readonly unitMs?: number;
}

const faultAt = (file: string, { line, path, message, allowed }: LineFault): Fault => ({
  file,
  line,
  column: 1,
  path,
  message,
  ...(allowed === undefined ? {} : { allowed }),
});

/** Configurations that events name, each read once before the events are. */
async function configsOf(io: Io, content: string, file: string): Promise<ReadonlyMap<string, Config | string>> {
  const configs = new Map<string, Config | string>();
  for (const [, named] of content.matchAll(/"config"\s*:\s*("(?:[^"\\]|\\.)*")/g)) {
    const path = JSON.parse(named as string) as string;
    if (configs.has(path)) continue;
    const from = isAbsolute(path) || file === "-" ? path : join(dirname(file), path);
    try {
      configs.set(path, await readAlertingFile(io, from));
    } catch (error) {
      configs.set(path, (error as Error).message);
    }
  }
  return configs;
}

async function fromFile(io: Io, file: string): Promise<Series> {
  const [{ readEvents }, { readWindows }] = await Promise.all([
    import("../shared/core/alerting/replay-read.ts"),
    import("../shared/core/alerting/silence-windows.ts"),
  ]);
  // As kept by a server, which names its configurations by version: a replay has one of its own. Lines keep their numbers.
  const content = (await readText(io, file, MAX_EVENT_BYTES)).replace(/^.*"config"\s*:\s*"cfg_[0-9a-f]+".*$/gm, "");
  const configs = await configsOf(io, content, file);
  const read = readEvents(content, { readWindows, configOf: (name) => configs.get(name) ?? "cannot be read" });
  if (read.faults.length > 0)
    throw new HeadgateError("input.invalid", `${file} has lines that are no events`, {
      faults: read.faults.map((fault) => faultAt(file, fault)),
    });
  const { events, unitMs } = read;
  return { source: file, events, ...(unitMs === undefined ? {} : { unitMs }) };
}

const timeIn = (at: Millis, unitMs: number | undefined): number | string =>
  unitMs === undefined ? iso(at) : at / unitMs;

/** A notification as it is printed: alerts as in a webhook's body. */
const shown = ({ at, alerts, ...rest }: ReplayedNotification, unitMs: number | undefined): object => ({
  at: timeIn(at, unitMs),
  ...rest,
  alerts: alerts.map(({ status, labels, annotations, startsAt, endsAt, generatorUrl, fingerprint }) => ({
    status,
    labels,
    annotations,
    startsAt: iso(startsAt),
    endsAt: endsAt === undefined ? NO_TIME : iso(endsAt),
    generatorURL: generatorUrl,
    fingerprint,
  })),
});

const shownDifference = (difference: ReplayDifference, unitMs: number | undefined): object => ({
  same: difference.same,
  onlyConfig: difference.onlyConfig.map((one) => shown(one, unitMs)),
  onlyAgainst: difference.onlyAgainst.map((one) => shown(one, unitMs)),
  moved: difference.moved.map(({ notification, againstAt }) => ({
    ...shown(notification, unitMs),
    againstAt: timeIn(againstAt, unitMs),
  })),
  receivers: difference.receivers,
});

const row = ({
  at,
  receiver,
  integration,
  reason,
  status,
  alerts,
  groupKey,
}: ReplayedNotification): readonly string[] => [
  stamp(at),
  `${receiver}/${integration}`,
  status,
  reason,
  `${alerts.length}`,
  groupKey,
];
const HEADINGS = ["AT", "TO", "STATUS", "REASON", "ALERTS", "GROUP"];

function list(io: Io, title: string, notifications: readonly ReplayedNotification[]): void {
  if (notifications.length === 0) return;
  io.line(plain(title));
  for (const line of table([HEADINGS, ...notifications.slice(0, MOST_LISTED).map(row)])) io.line(line);
  if (notifications.length > MOST_LISTED) io.line(`and ${notifications.length - MOST_LISTED} more`);
}

function tell(io: Io, replayed: Replay, difference: ReplayDifference | undefined, against: string | undefined): void {
  const { counts, notifications, from, until } = replayed;
  const length = formatDuration(until - from);
  io.line(`${counts.alerts} alerts in ${length}: ${counts.groups} groups, ${notifications.length} notifications`);
  if (!difference || against === undefined) {
    list(io, "", notifications);
    return;
  }
  const { same, onlyConfig, onlyAgainst, moved } = difference;
  io.line(
    plain(
      `against ${against}: ${same} the same, ${onlyConfig.length} only here, ${onlyAgainst.length} only there, ${moved.length} at another time`,
    ),
  );
  for (const line of table([
    ["RECEIVER", "HERE", "THERE"],
    ...difference.receivers.map((one) => [one.receiver, `${one.config}`, `${one.against}`]),
  ]))
    io.line(line);
  list(io, "only here:", onlyConfig);
  list(io, "only there:", onlyAgainst);
  if (moved.length === 0) return;
  io.line("at another time there:");
  const rows = moved
    .slice(0, MOST_LISTED)
    .map(({ notification, againstAt }) => [stamp(againstAt), ...row(notification)]);
  for (const line of table([["THERE", ...HEADINGS], ...rows])) io.line(line);
  if (moved.length > MOST_LISTED) io.line(`and ${moved.length - MOST_LISTED} more`);
}

/** `headgate alerts replay`. */
export const alertsReplayVerb: Verb = {
  name: "replay",
  about:
    "Which notifications a configuration would have made of alerts that came, in virtual time; with --against, what a second one does otherwise. Needs no server with --events. Without --config the server plays --against beside what it had in force.",
  options: [
    {
      name: "config",
      value: "FILE",
      about: "alertmanager.yml, or headgate.yaml with a section alerting; without it what the server had in force",
    },
    {
      name: "events",
      value: "FILE",
      about:
        "one JSON object a line: {at, alerts: […]}, {at, silence: {…}}, {at, expire: ID}, {at, config: FILE}; at is ISO 8601, epoch seconds or milliseconds; - is standard input",
    },
    { name: "from", value: "WHEN", about: "without --events: what the API has received since, 7d or an instant" },
    { name: "to", value: "WHEN", about: "up to here (default: now)" },
    { name: "against", value: "FILE", about: "a second configuration to compare with" },
    { name: "exit-code", about: "with --against: exit 1 if the notifications differ" },
    {
      name: "until",
      value: "TIME",
      about: "where the replay ends (default: when all is quiet, a day after the last event at most)",
    },
  ],
  example: "headgate alerts replay --config examples/alerting/alertmanager.yml --events examples/alerting/night.jsonl",
  run: async ({ io, options }) => {
    const file = text(options, "config");
    const eventsFile = text(options, "events");
    if (eventsFile !== undefined && (options["from"] !== undefined || options["to"] !== undefined))
      throw new UsageError("either --events or --from and --to, not both", HELP);
    const againstFile = text(options, "against");
    const [from, to] = [await instant(io, options, "from", HELP), await instant(io, options, "to", HELP)];
    if (file === undefined) {
      if (againstFile === undefined || eventsFile !== undefined || options["until"] !== undefined)
        throw new UsageError("--config FILE is missing (only --against with the events of a server needs none)", HELP);
      const { replayOnServer } = await import("./alerts-against.ts");
      const same = await replayOnServer(io, againstFile, from, to);
      return !same && options["exit-code"] === true ? 1 : 0;
    }
    const config = await readAlertingFile(io, file);
    const against = againstFile === undefined ? undefined : await readAlertingFile(io, againstFile);
    const series =
      eventsFile === undefined
        ? await (await import("./alerts-history.ts")).eventsFromApi(io, from, to)
        : await fromFile(io, eventsFile);
    const until = timeOf(options, "until");
    const { replayAlerts } = await import("../shared/core/alerting/engine.ts");
    io.progress("replaying …");
    const limits = until === undefined ? {} : { until };
    const replayed = replayAlerts(config, series.events, limits);
    const other = against && replayAlerts(against, series.events, limits);
    const difference =
      other &&
      (await import("../shared/core/alerting/diff.ts")).diffReplays(replayed.notifications, other.notifications);
    const { unitMs } = series;
    const time = (at: Millis) => timeIn(at, unitMs);
    io.document({
      config: file,
      events: series.source,
      from: time(replayed.from),
      until: time(replayed.until),
      counts: { ...replayed.counts, notifications: replayed.notifications.length },
      notifications: replayed.notifications.map((one) => shown(one, unitMs)),
      refused: replayed.refused.map(({ at, message }) => ({ at: time(at), message })),
      ...(difference ? { against: againstFile, difference: shownDifference(difference, unitMs) } : {}),
    });
    for (const { at, message } of replayed.refused) io.note(plain(`warning: at ${stamp(at)}: ${message}`));
    tell(io, replayed, difference, againstFile);
    const changed =
      difference && difference.onlyConfig.length + difference.onlyAgainst.length + difference.moved.length > 0;
    return changed && options["exit-code"] === true ? 1 : 0;
  },
};
