import { formatDuration, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { Http } from "../../shared/edge/http-client.ts";
import type { Place } from "./place.ts";
import { recoveryPoints } from "./recovery.ts";
import { replicationLag, translatedGroups } from "./replication.ts";
import type { DeedResult, RunbookDeeds } from "./runbook.ts";

const HTTP_MS = 20_000;

/** Where parameters are kept; SSM when deployed. */
export interface Parameters {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

/** What deeds stand on; those whose part is absent are refused. */
export interface DeedParts {
  readonly now: () => Millis;
  /** Destinations of a plan. */
  readonly places: (plan: string) => Promise<readonly Place[]>;
  readonly http?: Http;
  readonly mirror?: {
    readonly source: { readonly alias: string; readonly streams: Streams };
    readonly target: { readonly alias: string; readonly streams: Streams };
    readonly topics: readonly string[];
    /** Kafka Connect, and which connectors are the mirror. */
    readonly connect?: { readonly url: string; readonly connectors: readonly string[] };
  };
  readonly parameters?: Parameters;
  /** Others' work: restoring, jobs and deliveries. */
  readonly restore?: RunbookDeeds["restore"];
  readonly startJobs?: RunbookDeeds["start_jobs"];
  readonly holdDeliveries?: RunbookDeeds["hold_deliveries"];
  readonly releaseDeliveries?: RunbookDeeds["release_deliveries"];
}

const done = (text: string, evidence?: DeedResult["evidence"]): DeedResult => ({
  status: "done",
  text,
  ...(evidence === undefined ? {} : { evidence }),
});
const refused = (text: string): DeedResult => ({ status: "refused", text });
const failed = (text: string): DeedResult => ({ status: "failed", text });

async function ask(
  http: Http,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  address: string,
  key: string,
  body?: string,
) {
  const headers = { "idempotency-key": key, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const url = new URL(address);
  return http({ method, url, headers, timeoutMs: HTTP_MS, maxBytes: 1 << 20, ...(body === undefined ? {} : { body }) });
}

/** Pauses or resumes the mirror's connectors; Kafka Connect answers 202 at once, so what they are is looked at. */
async function mirror(
  { mirror, http }: DeedParts,
  want: "PAUSED" | "RUNNING",
  key: string,
  rehearsal: boolean,
): Promise<DeedResult> {
  const connect = mirror?.connect;
  if (!connect || !http)
    return refused("no Kafka Connect is set up: a mirror in dedicated mode is stopped where it runs");
  const base = connect.url.replace(/\/$/, "");
  const states: Record<string, string> = {};
  for (const name of connect.connectors) {
    const at = `${base}/connectors/${encodeURIComponent(name)}`;
    const look = async () => {
      const reply = await ask(http, "GET", `${at}/status`, key);
      if (reply.status !== 200) return `answered ${reply.status}`;
      return (JSON.parse(reply.body) as { connector?: { state?: string } }).connector?.state ?? "UNKNOWN";
    };
    states[name] = await look();
    if (rehearsal || states[name] === want) continue;
    const reply = await ask(http, "PUT", `${at}/${want === "PAUSED" ? "pause" : "resume"}`, key);
    if (reply.status >= 400)
      return failed(`${name} could not be ${want === "PAUSED" ? "paused" : "resumed"}: ${reply.status}`);
    states[name] = await look();
  }
  const told = Object.entries(states)
    .map(([name, state]) => `${name} is ${state}`)
    .join(", ");
  const odd = Object.values(states).some((state) => !/^[A-Z]+$/.test(state));
  if (rehearsal)
    return odd ? failed(told) : done(`would be ${want === "PAUSED" ? "paused" : "resumed"}: ${told}`, states);
  return Object.values(states).every((state) => state === want)
    ? done(told, states)
    : { status: "waiting", text: told, evidence: states };
}

/** The deeds that need nothing but destinations, clusters and HTTP; the others are handed in. */
export function runbookDeeds(parts: DeedParts): RunbookDeeds {
  const { now, places, http, parameters } = parts;
  return {
    check_points: async ({ plan, maxAgeMs }) => {
      const point = (await recoveryPoints(await places(plan), plan)).find(({ verified }) => verified?.ok);
      if (!point) return refused(`there is no verified restore point of ${plan}`);
      const age = now() - point.cutAt;
      const evidence = { id: point.id, cutAt: point.cutAt, ageMs: age, at: point.at };
      const text = `${point.id} is verified, its cut ${formatDuration(age)} old`;
      return maxAgeMs !== undefined && age > maxAgeMs
        ? refused(`${text}: older than ${formatDuration(maxAgeMs)}`)
        : done(text, evidence);
    },
    check_lag: async ({ maxLagMs }) => {
      if (!parts.mirror) return refused("the two clusters of the mirror are not set up");
      const { source, target, topics } = parts.mirror;
      const lag = await replicationLag({ source, target, topics, now: now() });
      const worst = lag.topics.reduce<number | undefined>(
        (most, { lagMs }) => (most === undefined || lagMs === undefined ? undefined : Math.max(most, lagMs)),
        0,
      );
      const evidence = { topics: lag.topics.map(({ topic, records, lagMs }) => ({ topic, records, lagMs })) };
      if (worst === undefined) return { ...failed(`the lag is not known: ${lag.troubles[0] ?? "no topic"}`), evidence };
      const text = `${lag.flow} is ${formatDuration(worst)} behind`;
      return worst > maxLagMs
        ? { ...failed(`${text}, more than ${formatDuration(maxLagMs)}`), evidence }
        : done(text, evidence);
    },
    stop_mirror: (_deed, { key, rehearsal }) => mirror(parts, "PAUSED", key, rehearsal),
    start_mirror: (_deed, { key, rehearsal }) => mirror(parts, "RUNNING", key, rehearsal),
    translate_groups: async ({ groups: wanted }, { rehearsal }) => {
      if (!parts.mirror) return refused("the two clusters of the mirror are not set up");
      const { source, target } = parts.mirror;
      const translated = await translatedGroups(target.streams, source.alias);
      const ids = [...translated.keys()].filter((id) => wanted === undefined || wanted.includes(id));
      const here = new Map((await target.streams.groups(ids)).map((group) => [group.id, group]));
      const kept: string[] = [];
      let set = 0;
      for (const id of ids) {
        const group = here.get(id);
        const at = new Map(group?.offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
        // Never back: who consumed over there already would do it again.
        const forward = (translated.get(id) ?? []).filter(
          ({ topic, partition, offset }) => offset > (at.get(`${topic}/${partition}`) ?? -1),
        );
        if (forward.length === 0) continue;
        if (group && group.state !== "Empty" && group.state !== "Dead") {
          kept.push(`${id} has members`);
          continue;
        }
        if (!rehearsal) {
          const result = await target.streams.setGroupOffsets(id, forward);
          if (result.status === "refused") {
            kept.push(`${id}: ${result.why}`);
            continue;
          }
        }
        set += 1;
      }
      const text = `${set} of ${ids.length} groups ${rehearsal ? "would be" : "are"} set to their translated positions${kept.length > 0 ? `; left as they are: ${kept.join(", ")}` : ""}`;
      return done(text, { groups: ids.length, set, kept });
    },
    ...(parameters
      ? {
          set_parameter: async ({ name, value }, { rehearsal }) => {
            const was = await parameters.get(name);
            const evidence = { was: was ?? null };
            const before = was === undefined ? "not there" : JSON.stringify(was);
            if (rehearsal) return done(`${name} is ${before} and would be ${JSON.stringify(value)}`, evidence);
            if (was !== value) await parameters.set(name, value);
            return done(`${name} is ${JSON.stringify(value)}, and was ${before}`, evidence);
          },
        }
      : {}),
    ...(http
      ? {
          call: async ({ url, method, body, probe }, { key, rehearsal }) => {
            if (rehearsal && probe === undefined && method !== "GET")
              return done(`${method} ${url} would be called; there is no probe to try`);
            const reply = rehearsal
              ? await ask(http, "GET", probe ?? url, key)
              : await ask(http, method, url, key, body);
            const text = `${rehearsal ? "its probe" : `${method} ${url}`} answered ${reply.status}`;
            const evidence = { status: reply.status };
            if (reply.status < 400) return done(text, evidence);
            return reply.status >= 500 || reply.status === 429 || reply.status === 408
              ? { ...failed(text), evidence }
              : { ...refused(text), evidence };
          },
        }
      : {}),
    ...(parts.restore ? { restore: parts.restore } : {}),
    ...(parts.startJobs ? { start_jobs: parts.startJobs } : {}),
    ...(parts.holdDeliveries ? { hold_deliveries: parts.holdDeliveries } : {}),
    ...(parts.releaseDeliveries ? { release_deliveries: parts.releaseDeliveries } : {}),
  };
}
