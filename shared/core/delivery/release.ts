import { HeadgateError } from "../kernel/errors.ts";
import { hash64 } from "../kernel/hash.ts";
import { canonical, type Json } from "../kernel/json.ts";
import type { Release } from "../kernel/release.ts";
import { iso, type Millis } from "../kernel/time.ts";
import { readHealth, USUAL_HEALTH } from "./release/health.ts";
import { readPorts, readVolumes } from "./release/ports.ts";
import { at, fault, fieldsOf, isMap, type Notes, pick, textOf } from "./release/reading.ts";
import { readResources, USUAL_RESOURCES } from "./release/resources.ts";
import { wordsOf } from "./release/words.ts";

const KNOWN = [
  "name",
  "image",
  "version",
  "command",
  "environment",
  "env",
  "resources",
  "memory",
  "cpus",
  "cpu_quota",
  "ports",
  "volumes",
  "restart_policy",
  "restart",
  "health_check",
  "healthcheck",
  "health",
  "metrics_path",
  "metrics",
];

const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const POLICIES: Readonly<Record<string, Release["restartPolicy"]>> = {
  no: "no",
  never: "no",
  false: "no",
  always: "always",
  true: "always",
  onfailure: "on-failure",
  unlessstopped: "unless-stopped",
};
/** JSON of a release in a state, a record and a message: with its rollouts it has to fit into one item of the store. */
const MOST_CHARS = 24_000;

const NOTHING: Omit<Release, "version"> = {
  environment: {},
  resources: USUAL_RESOURCES,
  ports: [],
  volumes: [],
  restartPolicy: "unless-stopped",
  health: USUAL_HEALTH,
  metricsPath: "/metrics",
};

/**
 * Reads the platform's container configuration, as people write it (Docker, Compose, its SDK, ECS; snake_case or camelCase). What it does not say
 * is as in `base`, whose environment it adds to; without one, the platform's defaults. A release without a version gets one from its content: the same
 * content is the same version.
 *
 * @param path in front of the paths of faults
 * @throws HeadgateError `input.invalid` with a fault for each wrong member; values of the environment are never shown
 */
export function parseRelease(input: unknown, base?: Release, path = ""): Release {
  const notes: Notes = { faults: [] };
  if (!isMap(input)) fault(notes, path, "is not a map", "the fields of a container configuration", input);
  const release = read(isMap(input) ? input : {}, base, path, notes);
  if (JSON.stringify(release).length > MOST_CHARS)
    fault(
      notes,
      path,
      "is too large",
      `at most ${MOST_CHARS} characters of JSON; keep long values in files or parameters`,
    );
  const [first] = notes.faults;
  if (first)
    throw new HeadgateError("input.invalid", `the release cannot be used: ${first.path} ${first.message}`.trim(), {
      faults: notes.faults,
    });
  return release;
}

function read(
  input: Readonly<Record<string, unknown>>,
  base: Release | undefined,
  path: string,
  notes: Notes,
): Release {
  const fields = fieldsOf(input, KNOWN, path, notes);
  const { version: _, ...before } = base ?? { version: "", ...NOTHING };
  const image = pick(fields, "image");
  const command = pick(fields, "command");
  const policy = pick(fields, "restart_policy", "restart");
  const metrics = pick(fields, "metrics_path", "metrics");
  const environment = pick(fields, "environment", "env");
  const health = pick(fields, "health_check", "healthcheck", "health");
  const ports = pick(fields, "ports");
  const volumes = pick(fields, "volumes");
  const content = {
    ...before,
    ...(image ? readImage(image.value, at(path, image.key), notes) : {}),
    ...(command ? readCommand(command.value, at(path, command.key), notes) : {}),
    environment: {
      ...before.environment,
      ...(environment ? readEnvironment(environment.value, at(path, environment.key), notes) : {}),
    },
    resources: resourcesOf(fields, before.resources, path, notes),
    ports: ports ? readPorts(ports.value, at(path, ports.key), notes) : before.ports,
    volumes: volumes ? readVolumes(volumes.value, at(path, volumes.key), notes) : before.volumes,
    restartPolicy: policy ? readPolicy(policy.value, at(path, policy.key), notes) : before.restartPolicy,
    health: health ? readHealth(health.value, before.health, at(path, health.key), notes) : before.health,
    metricsPath: metrics ? readPath(metrics.value, at(path, metrics.key), notes) : before.metricsPath,
  };
  const version = pick(fields, "version");
  return {
    version: version ? readVersion(version.value, at(path, version.key), notes) : versionOf(content),
    ...content,
  };
}

/** A version that is the content's own: ten hex digits. */
const versionOf = (content: Omit<Release, "version">): string =>
  hash64(canonical(content as unknown as Json)).slice(0, 10);

function resourcesOf(
  fields: ReturnType<typeof fieldsOf>,
  before: Release["resources"],
  path: string,
  notes: Notes,
): Release["resources"] {
  const given = pick(fields, "resources");
  const nested = given ? readResources(given.value, before, at(path, given.key), notes) : before;
  const direct = ["memory", "cpus", "cpu_quota"].flatMap((name) => pick(fields, name) ?? []);
  if (direct.length === 0) return nested;
  return readResources(Object.fromEntries(direct.map(({ key, value }) => [key, value])), nested, path, notes);
}

function readVersion(value: unknown, path: string, notes: Notes): string {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && VERSION.test(text)) return text;
  fault(
    notes,
    path,
    "is no name of a version",
    "letters, digits, '.', '_' and '-', starting with a letter or digit, at most 63",
    value,
  );
  return "";
}

function readImage(value: unknown, path: string, notes: Notes): { image?: string } {
  if (typeof value === "string" && /^[^\s]{1,500}$/.test(value)) return { image: value };
  fault(notes, path, "is no image", "a name such as registry/orders:1.4.2", value);
  return {};
}

function readCommand(value: unknown, path: string, notes: Notes): { command?: readonly string[] } {
  const words = typeof value === "string" ? wordsOf(value) : value;
  const texts = Array.isArray(words) && words.every((one) => typeof one === "string" || typeof one === "number");
  if (texts && words.length > 0 && words[0] !== "") return { command: words.map(String) };
  fault(notes, path, "is no command", 'a line, or a list such as ["node", "server.mjs"]', value);
  return {};
}

/** Variables as a map or as a list of NAME=value. Numbers and truth values are their text; null is left out. */
function readEnvironment(value: unknown, path: string, notes: Notes): Readonly<Record<string, string>> {
  const allowed = "a map of names and texts, or a list of NAME=value";
  const pairs: [string, unknown][] = [];
  if (isMap(value)) pairs.push(...Object.entries(value));
  else if (Array.isArray(value))
    for (const [index, one] of value.entries()) {
      const split = typeof one === "string" ? one.indexOf("=") : -1;
      if (split > 0) pairs.push([String(one).slice(0, split), String(one).slice(split + 1)]);
      // Not shown: it may be a secret.
      else fault(notes, at(path, index), "has no name", "NAME=value");
    }
  else fault(notes, path, "is no environment", allowed);
  const found: Record<string, string> = {};
  for (const [name, one] of pairs) {
    const simple = typeof one === "string" || typeof one === "number" || typeof one === "boolean";
    if (one === null) continue;
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
      fault(notes, at(path, name), "is no name of a variable", "letters, digits, '_'");
    else if (!simple) fault(notes, at(path, name), "is not a text", "a text, a number or true/false");
    else found[name] = String(one);
  }
  return found;
}

function readPolicy(value: unknown, path: string, notes: Notes): Release["restartPolicy"] {
  const given = isMap(value) ? (value["Name"] ?? value["name"] ?? value["condition"]) : value;
  // "on-failure:5": how often is what the number of failed starts says.
  const name = textOf(given).replace(/:\d+$/, "").replace(/[_-]/g, "").toLowerCase();
  const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
  if (policy !== undefined) return policy;
  fault(notes, path, "is no restart policy", "no, always, on-failure, unless-stopped", value);
  return "unless-stopped";
}

function readPath(value: unknown, path: string, notes: Notes): string {
  if (typeof value === "string" && /^\/\S*$/.test(value)) return value;
  fault(notes, path, "is no path", "a path such as /metrics", value);
  return "/metrics";
}

/**
 * The variables that the platform gives each instance it deploys. They win over the release's own, but for CLUSTER_ID, which a release may set.
 *
 * @param at when it is deployed
 */
export function standardEnvironment(
  release: Pick<Release, "environment">,
  {
    service,
    at: deployedAt,
    clusterId = "default",
  }: { readonly service: string; readonly at: Millis; readonly clusterId?: string },
): Readonly<Record<string, string>> {
  const own = Object.hasOwn(release.environment, "CLUSTER_ID") ? release.environment["CLUSTER_ID"] : undefined;
  return {
    SERVICE_NAME: service,
    DEPLOYMENT_TIME: iso(deployedAt),
    CLUSTER_ID: own ?? clusterId,
    DATA_PROCESSING_MODE: "production",
  };
}
