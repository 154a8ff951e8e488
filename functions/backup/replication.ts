import { readCheckpoint, readHeartbeat, readOffsetSync } from "../../shared/core/backup/recovery/mm2-records.ts";
import type { ReplicationLag } from "../../shared/core/backup/recovery/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Offset, PartitionOffsets } from "../../shared/core/kernel/streams.ts";
import { formatDuration, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { Http } from "../../shared/edge/http-client.ts";
import { recordsFrom } from "./topic-tail.ts";

/** Records of MirrorMaker's own topics that are looked at, from the end: they are compacted, and the newest count. */
const TAIL = 20_000;
/** Heartbeats come each second to five; a minute without one is a flow that stands still. */
const SILENT_MS = MINUTE_MS;
const HTTP_MS = 5_000;
/** So many records behind the newest note are counted one by one; notes come far more often. */
const COUNTED = 100_000;

export interface ReplicationAsk {
  readonly source: { readonly alias: string; readonly streams: Streams };
  readonly target: { readonly alias: string; readonly streams: Streams };
  readonly topics: readonly string[];
  readonly now: Millis;
  /** Kafka Connect's REST API, where MirrorMaker runs in it. */
  readonly connect?: { readonly url: string; readonly http: Http };
}

interface Newest<T> {
  readonly found: ReadonlyMap<string, T>;
  readonly at?: Millis;
}

/** The newest record of each key of a topic of MirrorMaker's own. An absent topic has none. */
async function newestOf<T>(
  streams: Streams,
  topic: string,
  read: (key: Uint8Array | null, value: Uint8Array | null) => T | undefined,
  nameOf: (one: T) => string,
): Promise<Newest<T>> {
  const info = (await streams.topics()).find(({ name }) => name === topic);
  if (!info) return { found: new Map() };
  const found = new Map<string, T>();
  let at: Millis | undefined;
  for (const one of await streams.offsets(info.partitions.map(({ partition }) => ({ topic, partition }))))
    for await (const { key, value, timestamp } of recordsFrom(
      streams,
      one,
      Math.max(one.logStart, one.stable - TAIL),
      one.stable,
    )) {
      const record = read(key, value);
      if (!record) continue;
      found.set(nameOf(record), record);
      at = Math.max(at ?? 0, Number(timestamp));
    }
  return { found, ...(at === undefined ? {} : { at }) };
}

/**
 * How far the target is behind, seen from both clusters: MirrorMaker's own notes say which offset became which, what came after them is counted at both ends, and the age is
 * that of the oldest record that is not there yet.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied` of the source or the target
 */
export async function replicationLag(ask: ReplicationAsk): Promise<ReplicationLag> {
  const { source, target, now } = ask;
  const troubles: string[] = [];
  const copied = (topic: string) => `${source.alias}.${topic}`;
  const [syncs, checkpoints, beats, connectors] = await Promise.all([
    newestOf(
      source.streams,
      `mm2-offset-syncs.${target.alias}.internal`,
      readOffsetSync,
      ({ topic, partition }) => `${topic}/${partition}`,
    ),
    newestOf(
      target.streams,
      `${source.alias}.checkpoints.internal`,
      readCheckpoint,
      ({ group, topic, partition }) => `${group}/${topic}/${partition}`,
    ),
    heartbeats(ask),
    connectorStates(ask, troubles),
  ]);
  const known = new Map((await source.streams.topics()).map((topic) => [topic.name, topic]));
  const topics: ReplicationLag["topics"][number][] = [];
  for (const topic of ask.topics) {
    const info = known.get(topic);
    if (!info) {
      troubles.push(`${topic} is not on ${source.alias}`);
      topics.push({ topic, partitions: [] });
      continue;
    }
    const ends = await source.streams.offsets(info.partitions.map(({ partition }) => ({ topic, partition })));
    const there = new Map(
      (await target.streams.offsets(ends.map(({ partition }) => ({ topic: copied(topic), partition })))).map((one) => [
        one.partition,
        one,
      ]),
    );
    const partitions = [];
    for (const end of ends)
      partitions.push(
        await partitionLag(ask, end, there.get(end.partition), syncs.found.get(`${topic}/${end.partition}`)),
      );
    const sums = {
      records: sumOf(partitions.map(({ records }) => records)),
      lagMs: mostOf(partitions.map(({ lagMs }) => lagMs)),
    };
    if (sums.lagMs === undefined)
      troubles.push(`how far ${copied(topic)} is behind is not known: ${partitions.find(({ why }) => why)?.why}`);
    topics.push({ topic, partitions, ...defined(sums) });
  }
  if (beats === undefined) troubles.push(`no heartbeat of ${source.alias} came through to ${target.alias}`);
  else if (now - beats > SILENT_MS)
    troubles.push(`the newest heartbeat that came through is ${formatDuration(now - beats)} old`);
  return {
    flow: `${source.alias}->${target.alias}`,
    at: now,
    topics,
    ...defined({
      heartbeatMs: beats === undefined ? undefined : Math.max(0, now - beats),
      checkpointMs: checkpoints.at === undefined ? undefined : Math.max(0, now - checkpoints.at),
      offsetSyncMs: syncs.at === undefined ? undefined : Math.max(0, now - syncs.at),
    }),
    ...(connectors ? { connectors } : {}),
    troubles,
  };
}

const defined = <T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: number };
const sumOf = (numbers: readonly (number | undefined)[]): number | undefined =>
  numbers.reduce<number | undefined>((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
const mostOf = (numbers: readonly (number | undefined)[]): number | undefined =>
  numbers.reduce<number | undefined>(
    (most, one) => (most === undefined || one === undefined ? undefined : Math.max(most, one)),
    0,
  );

/** The source's own heartbeats, as they came over with the flow: they show that it runs. */
async function heartbeats({ source, target }: ReplicationAsk): Promise<Millis | undefined> {
  const came = async (streams: Streams, topic: string, from?: string) => {
    const { found } = await newestOf(streams, topic, readHeartbeat, (one) => `${one.source}->${one.target}`);
    const at = [...found.values()].filter((one) => from === undefined || one.source === from).map((one) => one.at);
    return at.length === 0 ? undefined : Math.max(...at);
  };
  return (await came(target.streams, `${source.alias}.heartbeats`)) ?? came(target.streams, "heartbeats", source.alias);
}

async function countRecords(
  streams: Streams,
  { topic, partition, stable }: PartitionOffsets,
  from: Offset,
): Promise<number> {
  let count = 0;
  for await (const _ of recordsFrom(streams, { topic, partition }, from, stable)) count += 1;
  return count;
}

async function partitionLag(
  { source, target, now }: ReplicationAsk,
  end: PartitionOffsets,
  there: PartitionOffsets | undefined,
  sync: { readonly upstream: Offset; readonly downstream: Offset } | undefined,
): Promise<{ readonly partition: number; readonly records?: number; readonly lagMs?: number; readonly why?: string }> {
  const { partition, topic } = end;
  if (end.stable <= end.logStart) return { partition, records: 0, lagMs: 0 };
  if (!there) return { partition, why: `${source.alias}.${topic}-${partition} is not on ${target.alias}` };
  // The record at `upstream` is the one at `downstream`. Marks of transactions take offsets at either side, so from there on records are counted, not offsets.
  const [from, to] = sync ? [sync.upstream, sync.downstream] : [end.logStart, there.logStart];
  const many = there.stable - to;
  let skip = many > COUNTED ? 0 : await countRecords(target.streams, there, to);
  const begin = Math.min(Math.max(many > COUNTED ? from + many : from, end.logStart), end.stable);
  for await (const { offset, timestamp } of recordsFrom(source.streams, end, begin, end.stable)) {
    if (skip > 0) skip -= 1;
    else return { partition, records: end.stable - offset, lagMs: Math.max(0, now - Number(timestamp)) };
  }
  // Nothing but marks of transactions is left.
  return { partition, records: 0, lagMs: 0 };
}

interface ConnectStatus {
  readonly name?: string;
  readonly connector?: { readonly state?: string };
  readonly tasks?: readonly { readonly id?: number; readonly state?: string; readonly trace?: string }[];
}

/** Connectors and their tasks, as Kafka Connect says; what does not run is a trouble. */
async function connectorStates({ connect }: ReplicationAsk, troubles: string[]): Promise<ReplicationLag["connectors"]> {
  if (!connect) return undefined;
  const url = new URL(
    "connectors?expand=status&expand=info",
    connect.url.endsWith("/") ? connect.url : `${connect.url}/`,
  );
  try {
    const reply = await connect.http({
      method: "GET",
      url,
      headers: { accept: "application/json" },
      timeoutMs: HTTP_MS,
      maxBytes: 4 << 20,
    });
    if (reply.status !== 200) throw new Error(`it answered ${reply.status}`);
    const all = JSON.parse(reply.body) as Record<
      string,
      { status?: ConnectStatus; info?: { config?: Record<string, string> } }
    >;
    const mirrors = Object.entries(all).filter(([, one]) =>
      /Mirror\w+Connector$/.test(one.info?.config?.["connector.class"] ?? "Mirror.Connector"),
    );
    const states = mirrors.map(([name, { status }]) => ({
      name,
      state: status?.connector?.state ?? "UNKNOWN",
      failed: (status?.tasks ?? [])
        .filter(({ state }) => state !== "RUNNING")
        .map(({ id, state, trace }) => `task ${id} ${state}${trace ? `: ${trace.split("\n")[0]}` : ""}`),
    }));
    for (const { name, state, failed } of states)
      if (state !== "RUNNING" || failed.length > 0)
        troubles.push(`connector ${name} is ${state}${failed[0] ? `, ${failed[0]}` : ""}`);
    return states;
  } catch (error) {
    troubles.push(
      `Kafka Connect at ${url.host} does not say how its connectors are: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

/** Positions of groups as MirrorMaker has translated them: what a failover sets over there. */
export async function translatedGroups(target: Streams, sourceAlias: string) {
  const { found } = await newestOf(
    target,
    `${sourceAlias}.checkpoints.internal`,
    readCheckpoint,
    ({ group, topic, partition }) => `${group}/${topic}/${partition}`,
  );
  if (found.size === 0)
    throw new HeadgateError("streams.unknown", `${sourceAlias}.checkpoints.internal has no position of any group`);
  const groups = new Map<string, { topic: string; partition: number; offset: Offset; metadata?: string }[]>();
  for (const { group, topic, partition, downstream, metadata } of found.values()) {
    if (downstream < 0) continue;
    const positions = groups.get(group) ?? [];
    positions.push({ topic, partition, offset: downstream, ...(metadata === "" ? {} : { metadata }) });
    groups.set(group, positions);
  }
  return groups;
}
