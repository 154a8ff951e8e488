import type { ReleaseHealth } from "../../kernel/release.ts";
import { type DurationMs, HOUR_MS, parseDuration, SECOND_MS } from "../../kernel/time.ts";
import { at, fault, fieldsOf, isMap, type Notes, pick, whole } from "./reading.ts";

/** The platform's wait for health: looked at each 5 s, GET with 5 s to answer; three misses in a row as its load balancer counts. */
export const USUAL_HEALTH: ReleaseHealth = {
  intervalMs: 5 * SECOND_MS,
  timeoutMs: 5 * SECOND_MS,
  retries: 3,
  startPeriodMs: 0,
};

const DURATION = 'duration such as "5s" or "1m30s"; a bare number is seconds';
const NANO = 1e6;
const KNOWN = [
  "test",
  "command",
  "path",
  "url",
  "interval",
  "timeout",
  "retries",
  "start_period",
  "interval_ms",
  "timeout_ms",
  "start_period_ms",
  "start_interval",
  "disable",
];

/** Milliseconds: "1m30s", seconds as ECS counts them, nanoseconds as the Docker SDK does. */
function msOf(value: unknown): DurationMs | undefined {
  if (typeof value === "string") {
    const text = value.trim();
    const part = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
    const unit = { ms: 1, s: SECOND_MS, m: 60 * SECOND_MS, h: HOUR_MS }[part?.[2] ?? ""];
    return part && unit
      ? Math.round(Number(part[1]) * unit)
      : (parseDuration(text) ?? (/^\d+$/.test(text) ? msOf(Number(text)) : undefined));
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) return undefined;
  return Math.round(value >= NANO ? value / NANO : value * SECOND_MS);
}

/** A command that is run inside: with the word that ECS and Docker put in front of it. */
function commandOf(value: unknown): readonly string[] | "none" | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : ["CMD-SHELL", value];
  if (!Array.isArray(value) || value.length === 0 || value.some((one) => typeof one !== "string")) return undefined;
  const command = value as readonly string[];
  if (command[0] === "NONE") return "none";
  return command[0] === "CMD" || command[0] === "CMD-SHELL" ? command : ["CMD", ...command];
}

/** The path of what may be a whole address. */
function pathOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const path = value.trim().replace(/^https?:\/\/[^/\s]+/, "");
  return /^\/\S*$/.test(path) ? path : value.trim() !== "" && path === "" ? "/" : undefined;
}

/** A health check over what was there before: a path, a command, or a map as Docker, Compose and ECS write it. */
export function readHealth(value: unknown, before: ReleaseHealth, path: string, notes: Notes): ReleaseHealth {
  if (value === false) return USUAL_HEALTH;
  if (typeof value === "string" || Array.isArray(value)) {
    const isPath = typeof value === "string" && pathOf(value) !== undefined && !/\s/.test(value.trim());
    return readHealth(isPath ? { path: value } : { test: value }, before, path, notes);
  }
  if (!isMap(value)) {
    fault(
      notes,
      path,
      "is no health check",
      "a path, a command, or a map of test, path, interval, timeout, retries, start_period",
      value,
    );
    return before;
  }
  const fields = fieldsOf(value, KNOWN, path, notes);
  const time = (name: string, least: DurationMs, was: DurationMs): DurationMs => {
    const ms = pick(fields, `${name}_ms`);
    const given = ms ?? pick(fields, name);
    if (!given) return was;
    const read = ms ? whole(ms.value) : msOf(given.value);
    if (read !== undefined && read >= least && read <= HOUR_MS) return read;
    fault(notes, at(path, given.key), "is no such time", `${DURATION}, up to an hour`, given.value);
    return was;
  };
  const retries = pick(fields, "retries");
  const count = retries ? whole(retries.value) : before.retries;
  if (count === undefined || count > 1000)
    fault(notes, at(path, retries?.key ?? "retries"), "is no number of tries", "integer 0..1000", retries?.value);
  return {
    ...asked(fields, before, path, notes),
    intervalMs: time("interval", 1, before.intervalMs),
    timeoutMs: time("timeout", 1, before.timeoutMs),
    retries: count ?? before.retries,
    startPeriodMs: time("start_period", 0, before.startPeriodMs),
  };
}

/** What is asked: a path, a command or nothing. */
function asked(
  fields: ReturnType<typeof fieldsOf>,
  before: ReleaseHealth,
  path: string,
  notes: Notes,
): Pick<ReleaseHealth, "path" | "command"> {
  if (pick(fields, "disable")?.value === true) return {};
  const found: { path?: string; command?: readonly string[] } = {};
  const where = pick(fields, "path", "url");
  if (where) {
    const read = pathOf(where.value);
    if (read === undefined) fault(notes, at(path, where.key), "is no path", "a path such as /health", where.value);
    else found.path = read;
  }
  const test = pick(fields, "test", "command");
  if (test) {
    const read = commandOf(test.value);
    if (read === undefined)
      fault(
        notes,
        at(path, test.key),
        "is no command",
        'a text, or a list such as ["CMD", "curl", "-f", "http://localhost/health"]',
        test.value,
      );
    else if (read === "none") return found;
    else found.command = read;
  }
  if (where || test) return found;
  return {
    ...(before.path === undefined ? {} : { path: before.path }),
    ...(before.command === undefined ? {} : { command: before.command }),
  };
}
