import type { Serving } from "../local/alerting/serve.ts";
import type { HeadgateError } from "../shared/core/kernel/errors.ts";
import { parsePromDuration } from "../shared/core/kernel/prometheus-duration.ts";
import { type Given, type Option, text, type Verb } from "./command.ts";
import { errorDocument, UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

const HELP = "headgate alerts serve --help";
const DEFAULT_PORT = 9093;
const DEFAULT_DATA = ".headgate-alerts";
/** Of the process: 50,000 a second is more than it can take in, so that nothing is refused before the machine is busy. */
const DEFAULT_LIMIT = 3_000_000;

/** Flags of the program this takes the place of that have nothing to do here: accepted, so that a unit file stays as it is. */
const IGNORED: readonly (readonly [name: string, flag?: boolean])[] = [
  ["alerts.gc-interval"],
  ["alerts.per-alertname-limit"],
  ["dispatch.maintenance-interval"],
  ["dispatch.start-delay"],
  ["data.retention"],
  ["data.maintenance-interval"],
  ["silences.max-silences"],
  ["silences.max-per-silence-bytes"],
  ["web.route-prefix"],
  ["web.get-concurrency"],
  ["web.timeout"],
  ["cluster.listen-address"],
  ["cluster.advertise-address"],
  ["cluster.peer"],
  ["cluster.peer-timeout"],
  ["cluster.gossip-interval"],
  ["cluster.settle-timeout"],
  ["log.level"],
  ["log.format"],
  ["enable-feature"],
  ["auto-gomemlimit", true],
  ["auto-gomaxprocs", true],
];

const options: readonly Option[] = [
  { name: "config", value: "FILE", about: "alertmanager.yml, or a headgate.yaml with a section alerting" },
  { name: "port", value: "N", about: `port on 127.0.0.1, 0 = any free one (default ${DEFAULT_PORT})` },
  { name: "data", value: "DIR", about: `folder of the state (default ${DEFAULT_DATA})` },
  { name: "alerts-per-minute", value: "N", about: `more are answered 429 (default ${DEFAULT_LIMIT})` },
  {
    name: "keep-events",
    value: "7d",
    about: "how long what was posted is kept for replay; 0 keeps nothing (default 7d)",
  },
  { name: "config.file", value: "FILE", about: "same as --config" },
  { name: "storage.path", value: "DIR", about: "same as --data" },
  { name: "web.listen-address", value: "HOST:PORT", about: "same as --port; the host has to be this machine itself" },
  { name: "web.external-url", value: "URL", about: "where people reach it, for links in messages" },
  ...IGNORED.map(([name, flag]) => ({
    name,
    ...(flag ? {} : { value: "VALUE" }),
    about: "accepted, as Alertmanager has it; without effect here",
  })),
];

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

function wholeNumber(given: string, option: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${option} ${JSON.stringify(given)} is not allowed (whole number ${least}..${most})`, HELP);
}

/** Port of a listen address; the host may be left out, which means all of this machine's addresses elsewhere and loopback here. */
function listenPort(io: Io, address: string): number {
  const at = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, Math.max(0, at)), address.slice(at + 1)];
  if (host !== "" && !LOOPBACK.has(host) && host !== "0.0.0.0" && host !== "[::]")
    throw new UsageError(
      `--web.listen-address ${JSON.stringify(address)}: it listens on 127.0.0.1 only (put a proxy with access control in front of it)`,
      HELP,
    );
  if (!LOOPBACK.has(host)) io.note("It listens on 127.0.0.1 only: put a proxy with access control in front of it.");
  return wholeNumber(port, "web.listen-address", 0, 65_535);
}

function read(io: Io, given: Given) {
  const config = text(given, "config") ?? text(given, "config.file");
  if (config === undefined) throw new UsageError("--config FILE is missing: an alertmanager.yml", HELP);
  const listen = text(given, "web.listen-address");
  const port = text(given, "port");
  const keepEvents = text(given, "keep-events") ?? "7d";
  if (keepEvents !== "0" && parsePromDuration(keepEvents) === undefined)
    throw new UsageError(`--keep-events ${JSON.stringify(keepEvents)} is no duration such as 7d`, HELP);
  const publicUrl = text(given, "web.external-url");
  return {
    config,
    port:
      port === undefined
        ? listen === undefined
          ? DEFAULT_PORT
          : listenPort(io, listen)
        : wholeNumber(port, "port", 0, 65_535),
    data: text(given, "data") ?? text(given, "storage.path") ?? DEFAULT_DATA,
    alertsPerMinute: wholeNumber(
      text(given, "alerts-per-minute") ?? `${DEFAULT_LIMIT}`,
      "alerts-per-minute",
      1,
      10_000_000,
    ),
    keepEvents: keepEvents === "0" ? "0s" : keepEvents,
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
}

/** `headgate alerts serve`: takes the place of the alertmanager binary on one machine. */
export const alertsServeVerb: Verb = {
  name: "serve",
  about:
    "Routes alerts on this machine as Alertmanager does, until Ctrl-C: API v2, timers, receivers. SIGHUP reads the file again.",
  options,
  example: "headgate alerts serve --config alertmanager.yml --port 9093 --data alerts",
  run: async ({ io, options: given }) => {
    const { runServe } = await import("../local/alerting/run-serve.ts");
    return runServe(read(io, given), {
      // The one document says where it is, once it runs; lines for people go to standard error then.
      out: { line: io.json ? io.note : io.line, error: io.note },
      ...(io.json
        ? {
            ready: ({ url, version }: Serving) => io.document({ url, version }),
            failed: ({ code, message, faults }: HeadgateError) => io.document(errorDocument(code, message, faults)),
          }
        : {}),
    });
  },
};
