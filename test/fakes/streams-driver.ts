import type { MemoryCodec, MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { type StreamsDriver, textOf } from "../contract/streams-kit.ts";

/** What others do to a log in memory. */
export const memoryDriver = (log: MemoryLog): StreamsDriver => ({
  codecs: [],
  acls: true,
  produce: async (topic, partition, records, codec = "none") =>
    void log.produce(topic, partition, records, { codec: codec as MemoryCodec }),
  begin: async (producer) => {
    const one = log.transaction(producer);
    return {
      produce: async (topic, partition, records) => void one.produce(topic, partition, records),
      commit: async () => one.commit(),
      abort: async () => one.abort(),
    };
  },
  consume: async (topic, partition) =>
    log.consume(topic, partition).map(({ key, value, headers, ...record }) => ({
      ...record,
      key: textOf(key),
      value: textOf(value),
      headers: headers.map(([name, header]) => [name, textOf(header)] as const),
    })),
  join: async (group) => {
    log.commitGroup(group, [], { state: "Stable", protocolType: "consumer" });
    return async () => log.commitGroup(group, [], { state: "Empty" });
  },
  without: async (operation, resourceType, resourceName) => {
    log.faults.allow();
    log.faults.deny(operation, resourceType, resourceName);
    return log;
  },
});
