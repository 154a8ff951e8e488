import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { canonical } from "../shared/core/kernel/json.ts";
import type { StreamsClusterConfig } from "../shared/core/kernel/streams-section.ts";
import type { Streams } from "../shared/core/ports/streams.ts";
import type { KafkaClusterOptions } from "./kafka-cluster.ts";

/** Kafka clusters, one client for each name and its settings; what speaks to them is loaded with the first question. */
export interface LazyStreams {
  (cluster: string, settings: StreamsClusterConfig): Streams;
  /** Closes the connections of every client made so far. */
  close(): Promise<void>;
}

export function lazyStreams(options: KafkaClusterOptions): LazyStreams {
  const made = new Map<string, { readonly settings: string; readonly streams: Streams }>();
  const of = (cluster: string, settings: StreamsClusterConfig): Streams => {
    const text = canonical(settings);
    const known = made.get(cluster);
    if (known !== undefined && known.settings === text) return known.streams;
    const streams = lazyKafka(async () => {
      const { kafka } = settings;
      if (kafka === undefined)
        throw new HeadgateError(
          "streams.unavailable",
          `${cluster} is embedded: it lives in the process of npm start only`,
        );
      return (await import("./kafka-cluster.ts")).kafkaCluster(cluster, kafka, options);
    });
    made.set(cluster, { settings: text, streams });
    // The old one may be in use; brokers end connections that are idle.
    return streams;
  };
  return Object.assign(of, {
    close: async () => {
      const all = [...made.values()];
      made.clear();
      await Promise.all(all.map(({ streams }) => streams.close()));
    },
  });
}

/** Loads when first asked; a failed attempt is not kept. */
function lazyKafka(make: () => Promise<Streams>): Streams {
  let made: Promise<Streams> | undefined;
  const get = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    cluster: async () => (await get()).cluster(),
    topics: async () => (await get()).topics(),
    topicConfigs: async (names) => (await get()).topicConfigs(names),
    heldConfigs: async (names) => (await get()).heldConfigs(names),
    logDirs: async () => (await get()).logDirs(),
    offsets: async (partitions) => (await get()).offsets(partitions),
    offsetsAt: async (partitions, at) => (await get()).offsetsAt(partitions, at),
    fetch: async (requests, how) => (await get()).fetch(requests, how),
    groups: async (ids) => (await get()).groups(ids),
    acls: async () => (await get()).acls(),
    quotas: async () => (await get()).quotas(),
    createTopic: async (topic) => (await get()).createTopic(topic),
    setTopicConfigs: async (topic, configs, how) => (await get()).setTopicConfigs(topic, configs, how),
    addPartitions: async (topic, total) => (await get()).addPartitions(topic, total),
    deleteTopic: async (topic) => (await get()).deleteTopic(topic),
    deleteRecords: async (before) => (await get()).deleteRecords(before),
    append: async (batches) => (await get()).append(batches),
    skip: async (parts) => (await get()).skip(parts),
    setGroupOffsets: async (group, offsets) => (await get()).setGroupOffsets(group, offsets),
    deleteGroup: async (group) => (await get()).deleteGroup(group),
    addAcls: async (acls) => (await get()).addAcls(acls),
    setQuotas: async (quotas) => (await get()).setQuotas(quotas),
    close: async () => {
      const open = made;
      made = undefined;
      await open?.then(
        (streams) => streams.close(),
        () => undefined,
      );
    },
  };
}
