import type { PathFault } from "../../kernel/path-fault.ts";
import type { Backend, Host } from "../types.ts";
import { flagIn, type HostField, hostField, numberIn, type ResponseUnit, shownValue } from "./host-fields.ts";

/** A host of a file: what a balancer sees, what is in flight on it, and how fast it is. */
export interface GivenHost {
  readonly host: Host;
  /** Requests in flight. */
  readonly active: number;
  /** Response times in milliseconds, oldest first. Empty: not known. */
  readonly responsesMs: readonly number[];
  /** So many times slower than its like; 1 unless given. */
  readonly slow: number;
  /** Mean service time in milliseconds, where the file says it. */
  readonly serviceMs?: number;
  /** Requests it works on at once; undefined unless given. */
  readonly servers?: number;
}

export interface HostsReading {
  /** Unit of response times whose name has none. Default: ms. */
  readonly unit?: ResponseUnit;
  /** Whose backends, where the file is a configuration of several services. */
  readonly service?: string;
}

export interface HostsRead {
  /** In the order of the file. */
  readonly hosts: readonly GivenHost[];
  readonly faults: readonly PathFault[];
  /** Keys that are not known and were passed over. */
  readonly unknown: readonly string[];
}

type Path = PathFault["path"];
type Item = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

const LISTS = ["hosts", "backends", "servers", "instances", "endpoints", "targets", "items"];
const MOST_FAULTS = 50;
/** A thousand times what a configuration may say; far above it sums of weights are no numbers any more. */
const MOST_WEIGHT = 1_000_000_000;
/** Where a host names no port: nothing is sent there, and HTTP has one. */
const PORT = 80;

interface Listed {
  readonly path: Path;
  readonly items: readonly (readonly [Path[number], unknown])[];
}

/** The list in a document: the document itself, under `hosts` or `backends`, or under `traffic.<service>`. */
function listIn(value: unknown, reading: HostsReading): Listed | PathFault {
  const wants = 'a list of hosts ("host:port" or maps), {hosts: […]}, {backends: […]} or traffic.<service>.backends';
  if (Array.isArray(value)) return { path: [], items: value.map((one: unknown, index) => [index, one] as const) };
  if (typeof value === "string")
    return {
      path: [],
      items: value.split(/[\s,]+/).flatMap((one, index) => (one === "" ? [] : [[index, one] as const])),
    };
  if (!isMap(value)) return { path: [], message: "has no list of hosts", value: shownValue(value), allowed: wants };
  if (isMap(value["traffic"])) return listOf(value["traffic"], reading.service);
  for (const name of LISTS) {
    const list = value[name];
    if (list === null) return { path: [name], items: [] };
    if (typeof list === "object") {
      const found = listIn(list, reading);
      return "items" in found ? { path: [name, ...found.path], items: found.items } : found;
    }
  }
  const entries = Object.entries(value);
  if (entries.some(([key, one]) => hostField(key)?.field === "host" && typeof one === "string"))
    return { path: [], items: [["", value]] };
  // {a: {weight: 2}, b: {}}: names are ids.
  if (entries.length > 0 && entries.every(([, one]) => isMap(one)))
    return { path: [], items: entries.map(([id, one]) => [id, { id, ...(one as Item) }] as const) };
  if (entries.length === 0) return { path: [], items: [] };
  return { path: [], message: "has no list of hosts", value: shownValue(Object.keys(value)), allowed: wants };
}

function listOf(traffic: Item, service: string | undefined): Listed | PathFault {
  const names = Object.keys(traffic);
  const name = service ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !Object.hasOwn(traffic, name))
    return {
      path: ["traffic"],
      message: service === undefined ? "has several services: name one with --service" : "has no such service",
      value: shownValue(service ?? names.length),
      allowed: names.join(", "),
    };
  const of = traffic[name];
  const list = isMap(of) ? of["backends"] : undefined;
  const path = ["traffic", name, "backends"];
  return { path, items: Array.isArray(list) ? list.map((one: unknown, index) => [index, one] as const) : [] };
}

/** "host:port", "[::1]:80", a URL, or a name without a port. */
function addressOf(text: string): { readonly host: string; readonly port?: string } {
  const bare = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/[/?#].*$/, "");
  const match = /^(\[[^\]]+\]|[^:]+):([^:]*)$/.exec(bare);
  return match ? { host: match[1] as string, port: match[2] as string } : { host: bare };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value.trim() || undefined : typeof value === "number" ? String(value) : undefined;

const tagsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value.map(String) : typeof value === "string" ? value.split(/[,;|]/) : [])
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/** Reads one host. Undefined after a fault. */
function readHost(
  item: unknown,
  path: Path,
  reading: HostsReading,
  report: (fault: PathFault) => undefined,
  unknown: Set<string>,
) {
  const given: Partial<Record<HostField, { value: unknown; path: Path; unitMs?: number }>> = {};
  if (typeof item === "string") given.host = { value: item, path };
  else if (!isMap(item))
    return report({ path, message: "is no host", value: shownValue(item), allowed: '"host:port" or a map' });
  else
    for (const [key, value] of Object.entries(item)) {
      const known = hostField(key);
      if (!known) unknown.add(key);
      // An empty cell of a table says nothing, and so does null.
      else if (value !== null && value !== undefined && value !== "")
        given[known.field] = {
          value,
          path: [...path, key],
          ...(known.unitMs === undefined ? {} : { unitMs: known.unitMs }),
        };
    }

  let sound = true;
  const fault = (found: PathFault): undefined => {
    sound = false;
    return report(found);
  };
  const number = (field: HostField, allowed: string, passes: (value: number) => boolean): number | undefined => {
    const at = given[field];
    return at && numberIn(at.value, at.path, allowed, passes, fault);
  };
  const flag = (field: HostField, otherwise: boolean): boolean => {
    const at = given[field];
    return (at && flagIn(at.value, field, at.path, fault)) ?? otherwise;
  };
  const word = (field: HostField): string | undefined => textOf(given[field]?.value);

  const written = word("host") ?? word("id");
  if (written === undefined)
    return fault({ path, message: "names no host", value: shownValue(item), allowed: "host (and port), or id" });
  const address = addressOf(written);
  const portAt =
    given.port ?? (address.port === undefined ? undefined : { value: address.port, path: given.host?.path ?? path });
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 65_535;
  const port = portAt && numberIn(portAt.value, portAt.path, "port 1..65535", isPort, fault);
  const named = portAt ? `${address.host}:${port ?? PORT}` : address.host;
  const whole = (value: number): boolean => Number.isInteger(value) && value >= 0;

  const times = (field: "responses" | "average"): readonly number[] => {
    const at = given[field];
    if (!at) return [];
    const unitMs = at.unitMs ?? (reading.unit === "s" ? 1000 : 1);
    const list: readonly unknown[] = Array.isArray(at.value)
      ? at.value
      : typeof at.value === "string"
        ? at.value.split(/[;|\s,]+/)
        : [at.value];
    return list.flatMap((one, index) => {
      const where = list.length > 1 || Array.isArray(at.value) ? [...at.path, index] : at.path;
      const read = numberIn(one, where, "a response time from 0 up", (value) => value >= 0, fault);
      return read === undefined ? [] : [read * unitMs];
    });
  };
  const listed = times("responses");
  // The platform writes a mean of 0.0 where there is no response time.
  const average = times("average").filter((ms) => ms > 0);
  const serviceAt = given.serviceMs;
  const serviceMs =
    serviceAt && numberIn(serviceAt.value, serviceAt.path, "a time above 0", (value) => value > 0, fault);
  const servers = number("servers", "integer from 1 up", (value) => whole(value) && value > 0);
  const [zone, region, version, hashKey] = [word("zone"), word("region"), word("version"), word("hashKey")];
  const metadata = given.metadata?.value;
  const weight = number("weight", "number greater than 0", (value) => value > 0);
  if (weight !== undefined && weight > MOST_WEIGHT) number("weight", `number up to ${MOST_WEIGHT}`, () => false);
  const backend: Backend = {
    id: word("id") ?? named,
    host: address.host,
    port: port ?? PORT,
    weight: weight ?? 1,
    maxConnections: number("maxConnections", "integer from 0 up", whole) ?? 100,
    capacity: number("capacity", "number from 0 up", (value) => value >= 0) ?? 1000,
    tags: tagsOf(given.tags?.value),
    ...(zone === undefined ? {} : { zone }),
    ...(region === undefined ? {} : { region }),
    ...(version === undefined ? {} : { version }),
    priority: number("priority", "integer 0..128", (value) => whole(value) && value <= 128) ?? 0,
    metadata: isMap(metadata)
      ? Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]))
      : {},
    ...(hashKey === undefined ? {} : { hashKey }),
  };
  const state = String(given.healthy?.value).toLowerCase();
  const host: Host = {
    backend,
    healthy: flag("healthy", true),
    ejected: flag("ejected", false) || state === "ejected",
    open: flag("open", false),
    draining: flag("draining", false) || state === "draining",
  };
  const read: GivenHost = {
    host,
    active: number("active", "integer from 0 up", whole) ?? 0,
    responsesMs: listed.length > 0 ? listed : average,
    slow: number("slow", "number greater than 0", (value) => value > 0) ?? 1,
    ...(serviceMs === undefined ? {} : { serviceMs: serviceMs * (serviceAt?.unitMs ?? 1) }),
    ...(servers === undefined ? {} : { servers }),
  };
  return sound ? read : undefined;
}

/**
 * Reads hosts from a document, lenient in shape and names: lists of "host:port" or maps, `{hosts}`, `{backends}`, a map by id, or a
 * configuration's `traffic.<service>.backends`; keys in any spelling, the platform's among them. Never throws; every fault has its
 * path.
 */
export function readHosts(value: unknown, reading: HostsReading = {}): HostsRead {
  const found = listIn(value, reading);
  if (!("items" in found)) return { hosts: [], faults: [found], unknown: [] };
  const faults: PathFault[] = [];
  let hidden = 0;
  const report = (fault: PathFault): undefined => {
    if (faults.length < MOST_FAULTS) faults.push(fault);
    else hidden += 1;
  };
  const unknown = new Set<string>();
  const seen = new Map<string, Path>();
  const hosts: GivenHost[] = [];
  for (const [key, item] of found.items) {
    const path = key === "" ? found.path : [...found.path, key];
    const read = readHost(item, path, reading, report, unknown);
    if (!read) continue;
    const { id } = read.host.backend;
    if (seen.has(id)) report({ path, message: "is there twice", value: shownValue(id), allowed: "each backend once" });
    else hosts.push(read);
    seen.set(id, path);
  }
  if (hidden > 0) faults.push({ path: found.path, message: `and ${hidden} more faults` });
  return { hosts, faults, unknown: [...unknown] };
}
