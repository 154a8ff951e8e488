import { contextFromConfig, type PlanContext } from "../../functions/backup/context.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { loadPoint } from "../../functions/backup/load-point.ts";
import type { Place } from "../../functions/backup/place.ts";
import { listPoints } from "../../functions/backup/points.ts";
import { lookAtRun, runKey, runStateOf } from "../../functions/backup/run.ts";
import { verifyPoint } from "../../functions/backup/verify.ts";
import { work } from "../../functions/backup/work-queue.ts";
import { backupRun } from "../../shared/core/backup/run/machine.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryTransaction } from "../../shared/edge/memory-streams-types.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { Killed } from "../alerting/mortal.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { memoryObjects } from "./memory-objects.ts";
import { type Content, committedIn, contentOf } from "./run-kit.ts";

export interface KillOutcome {
  readonly seed: number;
  readonly kills: number;
  readonly points: number;
  readonly wrong: readonly string[];
}

export interface KillOptions {
  /** Destinations as somebody else might have built them. */
  readonly place?: (objects: Objects) => Objects;
}

const START = Date.UTC(2026, 10, 23, 7, 30, 0);
const TOPICS = [
  { name: "orders", partitions: 2 },
  { name: "payments", partitions: 1 },
];
const CONFIG = `version: 1
streams: { main: { embedded: true } }
backup: { hourly: { to: [./a, ./b], what: { topics: {}, state: false }, keep: 365d, workers: 2, deadline: 2h } }
`;

/** A call of a port by a process that may die before or after it. */
type Guard = <T>(call: () => Promise<T>) => Promise<T>;

function guarded<Port extends object>(port: Port, guard: Guard): Port {
  return Object.fromEntries(
    Object.entries(port).map(([name, member]) => [
      name,
      typeof member === "function"
        ? (...args: unknown[]) => guard(async () => (member as (...all: unknown[]) => Promise<unknown>)(...args))
        : member,
    ]),
  ) as Port;
}

/** One seed: a cluster that is written to, two destinations that fail, processes that die at any call; then everything is well for a while. */
export async function killBackups(seed: number, options: KillOptions = {}): Promise<KillOutcome> {
  const random = seeded(seed);
  const upTo = (most: number): number => Math.floor(random() * most);
  const clock = { now: START };
  const log = memoryStreams({ now: () => clock.now, random });
  for (const { name, partitions } of TOPICS)
    await log.createTopic({ name, partitions, replicationFactor: 1, configs: [] });
  const memories = ["./a", "./b"].map((name) => ({ name, memory: memoryObjects(() => clock.now) }));
  const places: readonly Place[] = memories.map(({ name, memory }) => ({
    name,
    objects: options.place?.(memory.objects) ?? memory.objects,
  }));
  let trouble = 0;
  let busy = true;
  for (const { memory } of memories)
    memory.meet(() => {
      if (random() < trouble) throw new HeadgateError("objects.unavailable", "in passing", { retryable: true });
    });
  const parsed = parseConfig(CONFIG);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const wrong = new Set<string>();
  let kills = 0;

  // Everything that was ever committed, by partition and offset: what a point has to hold of it follows from its own bounds.
  const ever = new Map<string, Map<number, Content[string][number]>>();
  const remember = (): void => {
    for (const [partition, records] of Object.entries(committedIn(log, TOPICS))) {
      const known = ever.get(partition) ?? new Map();
      ever.set(partition, known);
      for (const record of records) known.set(record[0], record);
    }
  };
  let next = 0;
  let open: MemoryTransaction | undefined;
  const write = (): void => {
    for (let count = 1 + upTo(6); count > 0; count -= 1) {
      const topic = TOPICS[upTo(TOPICS.length)] ?? { name: "orders", partitions: 2 };
      const [partition, record] = [upTo(topic.partitions), { key: `k${next % 7}`, value: `v${next++}` }];
      const kind = random();
      if (kind < 0.7) log.produce(topic.name, partition, [record, { value: `w${next++}` }]);
      else if (!open) (open = log.transaction("app")).produce(topic.name, partition, [record]);
      else {
        open.produce(topic.name, partition, [record]);
        if (random() < 0.5) open.abort();
        else open.commit();
        open = undefined;
      }
    }
    remember();
  };
  const expire = async (): Promise<void> => {
    const [one] = await log.offsets([{ topic: "orders", partition: upTo(2) }]);
    if (one && one.stable > one.logStart)
      await log.deleteRecords([{ ...one, offset: one.logStart + 1 + upTo(one.stable - one.logStart) }]);
  };

  const shared = directRuntime({ baseDir: ".", now: () => clock.now, streams: () => log }).runtime;
  const queue: WorkMessage[] = [];
  /** A process: it dies at the call with this number. */
  const born = (life: number, direct: boolean): PlanContext => {
    let calls = 0;
    const guard: Guard = async (call) => {
      const check = (): void => {
        calls += 1;
        if (calls === life) kills += 1;
        if (calls >= life) throw new Killed();
      };
      check();
      const answer = await call();
      check();
      return answer;
    };
    const cluster: Streams = {
      ...guarded<Streams>(log, guard),
      fetch: (requests) =>
        guard(async () => {
          clock.now += upTo(400);
          if (busy && random() < 0.05) write();
          // Small answers: a stretch takes several.
          return log.fetch(requests.map((one) => ({ ...one, maxBytes: 100 })));
        }),
    };
    const own = direct ? directRuntime({ baseDir: ".", now: () => clock.now }).runtime : shared;
    return contextFromConfig({
      runtime: {
        ...own,
        random,
        streams: () => cluster,
        store: guarded(own.store, guard),
        journal: guarded(own.journal, guard),
        work: { send: (messages) => guard(async () => void queue.push(...messages)) },
        sleep: (ms) =>
          guard(
            () =>
              new Promise<void>((resolve) =>
                setImmediate(() => resolve(void (clock.now += Math.ceil(Math.min(ms, 5_000))))),
              ),
          ),
      },
      ...{ tenant: "default", config: parsed.config, name: "hourly", direct },
      places: places.map(({ name, objects }) => ({ name, objects: guarded(objects, guard) })),
    });
  };
  const live = async (what: () => Promise<unknown>): Promise<void> => {
    try {
      await what();
    } catch (error) {
      if (error instanceof Killed || (error instanceof Error && error.cause instanceof Killed)) return;
      if (!(error instanceof HeadgateError)) wrong.add(`a process failed: ${error}`);
    }
  };
  const weather = (bad: boolean): void => {
    trouble = bad && random() < 0.3 ? 0.03 : 0;
    const down = bad && random() < 0.25 ? upTo(2) : -1;
    for (const [index, { memory }] of memories.entries()) memory.is.down = index === down;
    log.faults.up();
    if (bad && random() < 0.3) log.faults.fail("any", { after: upTo(12), times: 1 + upTo(4) });
  };

  /** Turns of functions on shared state, several at once; work comes late, twice, or not at all. */
  const serve = async (bad: boolean, turns: number): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) {
      clock.now += upTo(2) * MINUTE_MS + 1_000;
      const life = (): number => (bad && random() < 0.25 ? 1 + upTo(80) : Number.POSITIVE_INFINITY);
      const taken = queue.splice(0, 1 + upTo(3));
      if (bad && random() < 0.2) taken.push(...taken.slice(0, 1));
      await Promise.all([
        ...taken.map((message) =>
          live(() => work(born(life(), false), message, { leftMs: () => (bad ? 700 : 60_000) })),
        ),
        live(() => lookAtRun(born(life(), false), { type: "schedule" })),
      ]);
      if (
        !bad &&
        !runStateOf(await shared.store.load(runKey("default", "hourly")))?.current &&
        queue.length === 0 &&
        turn > 3
      )
        return;
    }
  };

  const direct = seed % 2 === 0;
  for (let round = 0; round < 3; round += 1) {
    write();
    if (random() < 0.3) await expire();
    weather(true);
    if (direct) await live(() => driveRun(born(1 + upTo(260), true)));
    else await serve(true, 12);
    weather(false);
    await judge(places, ever, wrong, `after round ${round}`);
    clock.now += HOUR_MS;
  }
  busy = false;
  write();
  if (direct) await live(() => driveRun(born(Number.POSITIVE_INFINITY, true)));
  else {
    // What had begun ends first; then one more, of what is there now.
    await serve(false, 400);
    clock.now += HOUR_MS;
    await serve(false, 400);
  }
  const points = await judge(places, ever, wrong, "in the end");
  const newest = points.at(-1);
  if (!newest || newest.cutAt < clock.now - HOUR_MS) wrong.add("the next run does not complete");
  else if (newest.at !== 2) wrong.add("the next run is not at both destinations");
  else {
    const content = await contentOf({ places } as never, newest.id);
    if (JSON.stringify(content) !== JSON.stringify(committedIn(log, TOPICS)))
      wrong.add("the last point is not what the log holds");
  }
  if (points.some(({ at }) => at !== 2)) wrong.add("a degraded point was not healed");
  const left = memories
    .flatMap(({ memory }) => memory.keys("work/"))
    .filter((key) => newest && key.includes(newest.id));
  if (left.length > 0) wrong.add("a run left its papers lying about");
  if (!direct) {
    const { items } = await shared.journal.list({ tenant: "default", limit: 500 });
    for (const record of items) if (!replay(record, backupRun).same) wrong.add("a record does not replay");
    const stored = await shared.store.load(runKey("default", "hourly"));
    if (JSON.stringify(stored ?? {}).length > 100_000) wrong.add("the state is large");
  }
  return { seed, kills, points: points.length, wrong: [...wrong] };
}

/** Every listed point is whole wherever it is said to be, and holds what was committed between its bounds, once and in order. */
async function judge(
  places: readonly Place[],
  ever: ReadonlyMap<string, ReadonlyMap<number, Content[string][number]>>,
  wrong: Set<string>,
  when: string,
): Promise<readonly { readonly id: string; readonly cutAt: number; readonly at: number }[]> {
  const { points, unreadable } = await listPoints(places, "hourly");
  if (unreadable.length > 0) wrong.add(`a point that cannot be read is listed ${when}`);
  const gone = new Map<string, (readonly [number, number])[]>();
  for (const { manifest } of points)
    for (const { kind, topic, partition, from, to } of manifest.gaps)
      if (kind === "retention" && from !== undefined && to !== undefined)
        gone.set(`${topic}-${partition}`, [...(gone.get(`${topic}-${partition}`) ?? []), [from, to]]);
  for (const { id, at, faults } of points) {
    if (faults.some(({ code }) => code === "backup.damaged"))
      wrong.add(`half a point is listed ${when}: ${faults[0]?.what}`);
    for (const place of places.filter(({ name }) => at.includes(name))) {
      const { ok, text } = await verifyPoint([place], "hourly", id, { deep: true });
      if (!ok) wrong.add(`a listed point is damaged ${when}: ${text}`);
      for (const { key } of (await place.objects.list(`verified/hourly/${id}/`)).items) await place.objects.remove(key);
    }
    const kafka = await loadPoint(places, "hourly", id)
      .then((point) => point.part("kafka"))
      .catch((error: unknown) => void wrong.add(`half a point is listed ${when}: ${error}`));
    const content = await contentOf({ places } as never, id).catch(
      (error: unknown) => void wrong.add(`${when}: ${error}`),
    );
    for (const topic of kafka?.topics ?? [])
      for (const { partition, logStart, end } of topic.partitions) {
        const name = `${topic.name}-${partition}`;
        const lost = gone.get(name) ?? [];
        const held = (offset: number): boolean =>
          offset >= logStart && offset < end && !lost.some(([from, to]) => offset >= from && offset < to);
        const expected = [...(ever.get(name)?.values() ?? [])].filter(([offset]) => held(offset));
        const found = (content?.[name] ?? []).filter(
          ([offset]) => !lost.some(([from, to]) => offset >= from && offset < to),
        );
        if (JSON.stringify(found) !== JSON.stringify(expected.sort(([a], [b]) => a - b)))
          wrong.add(
            `${id} holds other records of ${name} than were committed, ${when}: ${JSON.stringify(found.map(([o]) => o))} for ${JSON.stringify(expected.map(([o]) => o))}`,
          );
      }
  }
  return points
    .map(({ id, manifest, at }) => ({ id, cutAt: manifest.cutAt, at: at.length }))
    .sort((a, b) => a.cutAt - b.cutAt || (a.id < b.id ? -1 : 1));
}
