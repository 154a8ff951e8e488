import type { BackendsChangedView, RegisteredView } from "../functions/api/views-traffic.ts";
import type { Backend } from "../shared/core/traffic/types.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Given, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const routes = (io: Io) => client(io).api.v1.traffic[":service"];
const paramOf = (service: string | undefined) => ({ service: encodeURIComponent(service as string) });

const REGISTER_HELP = "headgate traffic register --help";

/** A number of an option, whatever it is worth: the API says what it takes. */
function numberOf(options: Given, name: string): Readonly<Record<string, number>> {
  const given = text(options, name);
  if (given === undefined) return {};
  const value = Number(given);
  if (given.trim() === "" || !Number.isFinite(value))
    throw new UsageError(`--${name} ${JSON.stringify(given)} is no number`, REGISTER_HELP);
  return { [name]: value };
}

/** "host:port", "[::1]:80". */
function addressOf(given: string): { readonly host: string; readonly port: number } {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(given) ?? [];
  const host = six ?? four;
  if (host === undefined || port === undefined)
    throw new UsageError(`${JSON.stringify(given)} is no host:port`, REGISTER_HELP);
  return { host, port: Number(port) };
}

const stated = ({ metadata, tags, ...rest }: Backend) => ({ ...rest, metadata: { ...metadata }, tags: [...tags] });

async function backendsOf(io: Io, addresses: readonly string[], options: Given) {
  const file = text(options, "file");
  if (file !== undefined) {
    if (addresses.length > 0) throw new UsageError("addresses, or --file", REGISTER_HELP);
    const { readHostsFile } = await import("./traffic-hosts.ts");
    return (await readHostsFile(io, file)).map(({ host }) => stated(host.backend));
  }
  if (addresses.length === 0) throw new UsageError("which backends? host:port ..., or --file", REGISTER_HELP);
  const id = text(options, "id");
  if (id !== undefined && addresses.length > 1) throw new UsageError("--id names one backend", REGISTER_HELP);
  const [zone, version, tags] = [text(options, "zone"), text(options, "version"), text(options, "tags")];
  const all = {
    ...(id === undefined ? {} : { id }),
    ...numberOf(options, "weight"),
    ...numberOf(options, "priority"),
    ...(zone === undefined ? {} : { zone }),
    ...(version === undefined ? {} : { version }),
    ...(tags === undefined ? {} : { tags: tags.split(",").filter((tag) => tag !== "") }),
  };
  return addresses.map((address) => ({ ...addressOf(address), ...all }));
}

/** `headgate traffic register`. */
export const trafficRegisterVerb: Verb = {
  name: "register",
  about: "Registers backends of a service, or renews their leases by registering them again.",
  positionals: ["SERVICE", "[HOST:PORT]..."],
  options: [
    { name: "file", value: "FILE", about: "backends as JSON, YAML, JSON lines or CSV instead; - is standard input" },
    {
      name: "lease",
      value: "DURATION",
      about: "gone when not renewed within it (default: the service's); none: stays",
    },
    { name: "source", value: "api|deploy", about: "who registers; renewals say the same (default: api)" },
    { name: "id", value: "ID", about: "name of the backend (default: host:port)" },
    { name: "weight", value: "N", about: "above 0 (default: 1)" },
    { name: "priority", value: "N", about: "0 is asked first (default: 0)" },
    { name: "zone", value: "NAME", about: "where it stands" },
    { name: "version", value: "NAME", about: "what it runs" },
    { name: "tags", value: "A,B", about: "data affinity tags" },
  ],
  example: "headgate traffic register orders 10.0.1.17:8080 --version v2 --lease 5m",
  run: async ({ io, positionals, options }) => {
    const [service, ...addresses] = positionals;
    const backends = await backendsOf(io, addresses, options);
    const source = text(options, "source") ?? "api";
    if (source !== "api" && source !== "deploy")
      throw new UsageError(`--source ${source} is not api or deploy`, REGISTER_HELP);
    const lease =
      text(options, "lease") === "none" ? "none" : durationText(options, "lease", "1s", "30d", REGISTER_HELP);
    const json = { backends, source, ...(lease === undefined ? {} : { lease }) } as const;
    const view = await answer<RegisteredView>(routes(io).backends.$post({ param: paramOf(service), json }, once()));
    io.document(view);
    io.line(`${view.registered} registered, ${view.renewed} renewed`);
    const rows = view.items.map((one) => [
      one.id,
      one.leaseUntil === undefined ? "stays" : `ends ${ago(one.leaseUntil, view.clock.now)}`,
      one.drainingSince === undefined ? "" : "draining",
    ]);
    for (const line of table([["BACKEND", "LEASE", ""], ...rows])) io.line(line);
    return 0;
  },
};

const SAID = [
  { name: "why", value: "TEXT", about: "the reason, kept with the decision" },
  { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
] as const;

const saidOf = (options: Given) => {
  const [why, by] = [text(options, "why"), text(options, "by")];
  return { ...(why === undefined ? {} : { why }), ...(by === undefined ? {} : { by }) };
};

/** 1 where some of those that were named are not there. */
function told(io: Io, what: string, view: BackendsChangedView): 0 | 1 {
  io.document(view);
  for (const id of view.changed) io.line(plain(`${what}: ${id}`));
  for (const id of view.unknown) io.note(plain(`not there: ${id}`));
  return view.unknown.length > 0 ? 1 : 0;
}

/** `headgate traffic drain`. */
export const trafficDrainVerb: Verb = {
  name: "drain",
  about:
    "No new requests for these backends; those in flight go on. Exits 1 where one of several is not there, 2 where none is.",
  positionals: ["SERVICE", "BACKEND..."],
  options: [{ name: "undo", about: "they take requests again" }, ...SAID],
  example: "headgate traffic drain orders 10.0.1.17:8080",
  run: async ({ io, positionals, options }) => {
    const [service, ...ids] = positionals;
    const undo = options["undo"] === true;
    const sent = routes(io).drain.$post({ param: paramOf(service), json: { ids, undo, ...saidOf(options) } }, once());
    return told(io, undo ? "takes requests again" : "draining", await answer<BackendsChangedView>(sent));
  },
};

/** `headgate traffic remove`. */
export const trafficRemoveVerb: Verb = {
  name: "remove",
  about:
    "Takes backends out at once; drain them first where they should finish what they have. Exits 1 where one of several is not there, 2 where none is.",
  positionals: ["SERVICE", "BACKEND..."],
  options: [...SAID],
  example: "headgate traffic remove orders 10.0.1.17:8080",
  run: async ({ io, positionals, options }) => {
    const [service, ...ids] = positionals;
    const sent = routes(io).remove.$post({ param: paramOf(service), json: { ids, ...saidOf(options) } }, once());
    return told(io, "removed", await answer<BackendsChangedView>(sent));
  },
};
