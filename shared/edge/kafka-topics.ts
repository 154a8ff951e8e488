import { createPartitionsV3, createTopicsV7, deleteRecordsV2, deleteTopicsV6 } from "@platformatic/kafka";
import type { StreamsResult, TopicInfo } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError, isDenied, moved, passing, unavailable, wordsOf } from "./kafka-errors.ts";
import type { MetadataAnswer } from "./kafka-known.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { byTopic, partitionKey } from "./kafka-partitions.ts";
import { inRounds, insist, type Turn } from "./kafka-rounds.ts";

const TIMEOUT_MS = 20_000;

/** A code of a change: done, refused for good in the broker's words, or thrown: denied, or to be tried again. */
export function resultOf(link: KafkaLink, code: number, need: string, said?: string | null): StreamsResult {
  if (code === CODE.none) return { status: "done" };
  if (isDenied(code) || passing(code)) throw codeError(link.name, code, need, said);
  return { status: "refused", why: wordsOf(code, said) };
}

/** 22 characters of base64url. */
const topicId = (uuid: string): string => Buffer.from(uuid.replaceAll("-", ""), "hex").toString("base64url");

function infoOf({ name, topicId: id, isInternal, partitions }: MetadataAnswer["topics"][number]): TopicInfo {
  return {
    name: name ?? "",
    id: topicId(id),
    internal: isInternal,
    partitions: partitions
      .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
        partition: partitionIndex,
        ...(leaderId < 0 ? {} : { leader: leaderId }),
        replicas: replicaNodes,
        inSync: isrNodes,
      }))
      .sort((a, b) => a.partition - b.partition),
  };
}

export function kafkaTopics(
  link: KafkaLink,
): Pick<Streams, "cluster" | "topics" | "createTopic" | "addPartitions" | "deleteTopic" | "deleteRecords"> {
  return {
    cluster: () =>
      insist(link, async () => {
        const { clusterId, controllerId, brokers } = await link.refresh([]);
        return {
          id: clusterId ?? "",
          brokers: brokers
            .map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, ...(rack ? { rack } : {}) }))
            .sort((a, b) => a.id - b.id),
          ...(controllerId < 0 ? {} : { controller: controllerId }),
        };
      }),
    topics: () =>
      insist(link, async () => {
        const { topics } = await link.refresh(null);
        const there = topics.filter(({ errorCode, name }) => name !== null && errorCode !== CODE.unknownPartition);
        for (const { errorCode, name } of there)
          if (errorCode !== CODE.none && !moved(errorCode))
            throw codeError(link.name, errorCode, `DESCRIBE on topic ${name}`);
        return there.map(infoOf).sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
    createTopic: ({ name, partitions, replicationFactor, configs }) =>
      insist(link, async () => {
        await metadataFirst(link);
        const topic = { name, numPartitions: partitions, replicationFactor, assignments: [], configs: [...configs] };
        const { topics } = await link.ask("controller", [createTopicsV7.api], [topic], TIMEOUT_MS, false);
        const [one] = topics;
        link.known.forget([name]);
        if (one?.errorCode === CODE.exists) return { status: "exists" };
        const result = resultOf(link, one?.errorCode ?? -1, `CREATE on topic ${name}`, one?.errorMessage);
        if (result.status === "done") await appears(link, name, partitions);
        return result;
      }),
    addPartitions: (topic, total) =>
      insist(link, async () => {
        await metadataFirst(link);
        const { results } = await link.ask(
          "controller",
          [createPartitionsV3.api],
          [{ name: topic, count: total, assignments: null }],
          TIMEOUT_MS,
          false,
        );
        const [one] = results;
        link.known.forget([topic]);
        if (one?.errorCode === INVALID_PARTITIONS && (await partitionsOf(link, topic)) === total)
          return { status: "exists" };
        const result = resultOf(link, one?.errorCode ?? -1, `ALTER on topic ${topic}`, one?.errorMessage);
        if (result.status === "done") await appears(link, topic, total);
        return result;
      }),
    deleteTopic: (topic) =>
      insist(link, async () => {
        await metadataFirst(link);
        const { responses } = await link.ask(
          "controller",
          [deleteTopicsV6.api],
          [{ name: topic, topicId: null }],
          TIMEOUT_MS,
        );
        const [one] = responses;
        link.known.forget([topic]);
        const code = one?.errorCode ?? -1;
        if (code === CODE.unknownPartition) return { status: "done" };
        const result = resultOf(link, code, `DELETE on topic ${topic}`, one?.errorMessage);
        if (result.status === "done") await vanishes(link, topic);
        return result;
      }),
    deleteRecords: async (before) => {
      const refusals = await inRounds<(typeof before)[number], string | undefined>(link, before, {
        ask: async (broker, items) => {
          const asked = byTopic(items).map(([name, all]) => ({
            name,
            partitions: all.map(({ partition, offset }) => ({ partitionIndex: partition, offset: BigInt(offset) })),
          }));
          const { topics } = await link.ask(broker, [deleteRecordsV2.api], asked, TIMEOUT_MS);
          const codes = new Map(
            topics.flatMap(({ name, partitions }) =>
              partitions.map((one) => [partitionKey({ topic: name, partition: one.partitionIndex }), one.errorCode]),
            ),
          );
          return items.map((item): Turn<string | undefined> => {
            const code = codes.get(partitionKey(item)) ?? -1;
            if (code === CODE.none) return { answer: undefined };
            if (code === CODE.unknownPartition || passing(code)) return { again: wordsOf(code) };
            if (isDenied(code)) throw codeError(link.name, code, `DELETE on topic ${item.topic}`);
            return { answer: `partition ${item.partition} of ${item.topic}: ${wordsOf(code)}` };
          });
        },
        unknown: ({ topic, partition }) => `there is no partition ${partition} of ${topic}`,
        failed: ({ topic, partition }, why, code, retryable) => {
          if (code !== 0) throw codeError(link.name, code, `DESCRIBE on topic ${topic}`);
          throw unavailable(link.name, `partition ${partition} of ${topic}: ${why}`, retryable);
        },
      });
      const all = refusals.filter((one) => one !== undefined);
      return all.length === 0 ? { status: "done" } : { status: "refused", why: all.slice(0, 5).join("; ") };
    },
  };
}

/** Who the controller is has to be known before it can be asked, and may have changed since. */
async function metadataFirst(link: KafkaLink): Promise<void> {
  await link.refresh([]);
}

const INVALID_PARTITIONS = 37;

async function partitionsOf(link: KafkaLink, topic: string): Promise<number | undefined> {
  const { topics } = await link.refresh([topic]);
  return topics[0]?.partitions.length;
}

/** The controller answers before the brokers know: whoever goes on at once must find leaders. */
async function appears(link: KafkaLink, topic: string, partitions: number): Promise<void> {
  await settles(link, topic, (found) => {
    const led = found?.partitions.filter(({ leaderId }) => leaderId >= 0).length ?? 0;
    return found?.errorCode === CODE.none && led >= partitions;
  });
}

async function vanishes(link: KafkaLink, topic: string): Promise<void> {
  await settles(link, topic, (found) => found === undefined || found.errorCode === CODE.unknownPartition);
  link.known.forget([topic]);
}

const LOOKS = 100;
const LOOK_MS = 50;

/** Some seconds at most: what was asked for is done, and is only not seen everywhere yet. */
async function settles(
  link: KafkaLink,
  topic: string,
  so: (found: MetadataAnswer["topics"][number] | undefined) => boolean,
): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const { topics } = await link.refresh([topic]);
    if (so(topics[0])) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
