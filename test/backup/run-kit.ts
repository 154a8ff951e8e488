import { contextFromConfig, type PlanContext } from "../../functions/backup/context.ts";
import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { loadPoint } from "../../functions/backup/load-point.ts";
import type { Place } from "../../functions/backup/place.ts";
import { readPartition } from "../../functions/backup/read-partition.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { walkBatches } from "../../shared/core/backup/batch/walk.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { memoryObjects } from "./memory-objects.ts";

export interface BackupWorld {
  readonly log: MemoryLog;
  readonly places: readonly (Place & { readonly memory: ReturnType<typeof memoryObjects> })[];
  readonly clock: { now: number };
  /** A new process: its own state, the same cluster and destinations. */
  context(plan?: string): PlanContext;
}

const START = Date.UTC(2026, 10, 23, 7, 30, 0);

/** A cluster in memory, two destinations in memory, and a clock that only moves when told to. */
export function backupWorld(settings = "", topics = "{}"): BackupWorld {
  const clock = { now: START };
  const log = memoryStreams({ now: () => clock.now });
  const places = ["primary", "secondary"].map((name) => {
    const memory = memoryObjects(() => clock.now);
    return { name, objects: memory.objects, memory };
  });
  const text = `version: 1
streams: { main: { embedded: true } }
destinations: { primary: { directory: a }, secondary: { directory: b } }
backup:
  hourly: { to: [primary, secondary], what: { topics: ${topics} }, verify: "off"${settings} }
`;
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return {
    ...{ log, places, clock },
    context: (plan = "hourly") => {
      const { runtime } = directRuntime({ baseDir: ".", streams: () => log, now: () => clock.now });
      return contextFromConfig({
        // Time goes on while somebody waits.
        runtime: {
          ...runtime,
          sleep: (ms) => new Promise((resolve) => setTimeout(() => resolve(void (clock.now += ms)), 1)),
        },
        ...{ tenant: "default", config: parsed.config, name: plan, direct: true, places },
      });
    },
  };
}

const text = (bytes: Uint8Array | null | undefined): string | null => (bytes ? new TextDecoder().decode(bytes) : null);

export type Content = Record<string, readonly (readonly [offset: number, key: string | null, value: string | null])[]>;

/** Every record a point holds, from the log start on, by partition. */
export async function contentOf(
  { places }: Pick<BackupWorld, "places">,
  id: string,
  plan = "hourly",
): Promise<Content> {
  const point = await loadPoint(places, plan, id);
  const content: Record<string, [number, string | null, string | null][]> = {};
  for (const topic of (await point.part("kafka"))?.topics ?? [])
    for (const { partition, logStart } of topic.partitions) {
      const records: [number, string | null, string | null][] = [];
      for await (const bytes of readPartition(point, topic.name, partition))
        for (const batch of walkBatches(bytes))
          for (const record of decodeRecords(batch))
            if (record.offset >= logStart) records.push([record.offset, text(record.key), text(record.value)]);
      content[`${topic.name}-${partition}`] = records;
    }
  return content;
}

/** What a consumer at read committed sees of the log now, by partition. */
export function committedIn(
  log: MemoryLog,
  topics: readonly { readonly name: string; readonly partitions: number }[],
): Content {
  return Object.fromEntries(
    topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => [
        `${name}-${partition}`,
        log.consume(name, partition).map(({ offset, key, value }) => [offset, text(key), text(value)] as const),
      ]),
    ),
  );
}
