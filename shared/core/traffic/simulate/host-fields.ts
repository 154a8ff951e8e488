import type { PathFault } from "../../kernel/path-fault.ts";

/** What a host can say of itself in a file. */
export type HostField =
  | "id"
  | "host"
  | "port"
  | "weight"
  | "maxConnections"
  | "capacity"
  | "tags"
  | "zone"
  | "region"
  | "version"
  | "priority"
  | "metadata"
  | "hashKey"
  | "active"
  | "healthy"
  | "ejected"
  | "open"
  | "draining"
  | "responses"
  | "average"
  | "slow"
  | "serviceMs"
  | "servers";

/** What response times without a unit in their name count in. */
export type ResponseUnit = "ms" | "s";

const NAMES: Readonly<Record<HostField, readonly string[]>> = {
  id: ["id", "name", "backend", "backendid", "instance", "instanceid"],
  host: ["host", "hostname", "address", "addr", "ip", "endpoint", "url", "server"],
  port: ["port"],
  weight: ["weight"],
  maxConnections: ["maxconnections", "maxconns", "maxconn", "connectionlimit"],
  capacity: ["capacity", "dataprocessingcapacity", "requestspersecond"],
  tags: ["tags", "dataaffinitytags", "affinitytags", "dataaffinity"],
  zone: ["zone", "availabilityzone", "az"],
  region: ["region"],
  version: ["version"],
  priority: ["priority", "level"],
  metadata: ["metadata", "labels"],
  hashKey: ["hashkey"],
  active: [
    "active",
    "activerequests",
    "activeconnections",
    "currentconnections",
    "connections",
    "inflight",
    "outstanding",
  ],
  healthy: ["healthy", "ishealthy", "health", "healthstatus", "status", "state"],
  ejected: ["ejected", "isejected"],
  open: ["open", "circuit", "circuitopen", "circuitstate", "circuitbreaker", "breaker"],
  draining: ["draining", "isdraining"],
  responses: ["responsetimes", "responses", "samples", "latencies"],
  average: [
    "avgresponsetime",
    "averageresponsetime",
    "averageresponse",
    "avgresponse",
    "responsetime",
    "response",
    "latency",
    "avglatency",
    "average",
    "ewma",
    "rtt",
  ],
  slow: ["slow", "slowdown", "slowfactor", "slower"],
  serviceMs: ["service"],
  servers: ["servers", "concurrency", "workers"],
};

const FIELD_OF: ReadonlyMap<string, HostField> = new Map(
  Object.entries(NAMES).flatMap(([field, names]) => names.map((name) => [name, field as HostField] as const)),
);

/** Fields that are times: their names may end in a unit. */
const TIMES: ReadonlySet<HostField> = new Set(["responses", "average", "serviceMs"]);
const UNITS: readonly (readonly [string, number])[] = [
  ["milliseconds", 1],
  ["millis", 1],
  ["seconds", 1000],
  ["secs", 1000],
  ["sec", 1000],
  ["ms", 1],
];

/**
 * Which field a key names: `max_connections`, `maxConnections` and `max-connections` are one. `unitMs` is there where the name of a
 * time says its unit (`latency_ms`, `avgResponseSeconds`).
 */
export function hostField(key: string): { readonly field: HostField; readonly unitMs?: number } | undefined {
  const name = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  const field = FIELD_OF.get(name);
  if (field && field !== "serviceMs") return { field };
  // A bare "s" may be a plural.
  const units = /[_-]s$|[a-z]S$/.test(key) ? [...UNITS, ["s", 1000] as const] : UNITS;
  for (const [unit, unitMs] of units) {
    if (!name.endsWith(unit)) continue;
    const time = FIELD_OF.get(name.slice(0, -unit.length));
    if (time && TIMES.has(time)) return { field: time, unitMs };
  }
  return undefined;
}

type Path = PathFault["path"];
type Report = (fault: PathFault) => undefined;

/** A value as text for a fault: short, on one line. */
export function shownValue(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** A number; numeric text counts, as a CSV knows nothing else. */
export function numberIn(
  value: unknown,
  path: Path,
  allowed: string,
  passes: (number: number) => boolean,
  report: Report,
): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number) && passes(number)) return number;
  const why =
    typeof number === "number" && Number.isNaN(number)
      ? "is no number"
      : typeof number === "number"
        ? "is out of range"
        : "wrong type";
  return report({ path, message: why, value: shownValue(value), allowed });
}

const YES: ReadonlySet<string> = new Set(["true", "yes", "1", "y", "on"]);
const NO: ReadonlySet<string> = new Set(["false", "no", "0", "n", "off"]);

/** Words for a flag beside yes and no: those that mean it holds and those that mean it does not. */
const WORDS: Partial<Record<HostField, { readonly yes: readonly string[]; readonly no: readonly string[] }>> = {
  healthy: {
    yes: ["healthy", "up", "ok", "pass", "passing", "ready", "draining", "ejected", "circuitopen"],
    no: ["unhealthy", "down", "fail", "failed", "failing", "critical"],
  },
  open: { yes: ["open", "halfopen", "forcedopen"], no: ["closed", "disabled", "forcedclosed"] },
};

/** What of a circuit says whether it lets calls through, as Headgate tells of one; any other value as it is. */
function circuitWord(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { forced, state, status } = value as { forced?: { state?: unknown }; state?: unknown; status?: unknown };
  return forced?.state ?? state ?? status;
}

/** A truth value: true, "yes", 1; for `healthy` also "up", for `open` also "half_open". */
export function flagIn(value: unknown, field: HostField, path: Path, report: Report): boolean | undefined {
  if (typeof value === "boolean") return value;
  const inner = field === "open" ? circuitWord(value) : value;
  const word = String(inner)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
  if (YES.has(word) || WORDS[field]?.yes.includes(word)) return true;
  if (NO.has(word) || WORDS[field]?.no.includes(word)) return false;
  const allowed = ["true", "false", ...(WORDS[field]?.yes.slice(0, 2) ?? []), ...(WORDS[field]?.no.slice(0, 2) ?? [])];
  return report({ path, message: "is neither yes nor no", value: shownValue(value), allowed: allowed.join(", ") });
}
