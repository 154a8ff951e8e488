import type { BrokerAddress } from "./kafka-dial.ts";

/** What an answer to a Metadata request says, of the versions that name topic ids. */
export interface MetadataAnswer {
  readonly brokers: readonly {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
    readonly rack?: string | null;
  }[];
  readonly clusterId?: string | null;
  readonly controllerId: number;
  readonly topics: readonly {
    readonly errorCode: number;
    readonly name: string | null;
    readonly topicId: string;
    readonly isInternal: boolean;
    readonly partitions: readonly {
      readonly errorCode: number;
      readonly partitionIndex: number;
      readonly leaderId: number;
      readonly replicaNodes: readonly number[];
      readonly isrNodes: readonly number[];
    }[];
  }[];
}

/** As it was last told: an error code, or who leads each partition (−1: nobody). */
export interface KnownTopic {
  readonly code: number;
  readonly id: string;
  readonly leaders: ReadonlyMap<number, number>;
}

export interface KafkaKnown {
  brokers(): readonly BrokerAddress[];
  broker(id: number): BrokerAddress | undefined;
  controller(): number | undefined;
  topic(name: string): KnownTopic | undefined;
  learn(answer: MetadataAnswer, asked: readonly string[] | null): void;
  /** What is known of these topics is old. */
  forget(topics: Iterable<string>): void;
}

/** The last metadata of a cluster. */
export function known(): KafkaKnown {
  const brokers = new Map<number, BrokerAddress>();
  const topics = new Map<string, KnownTopic>();
  let controller: number | undefined;
  return {
    brokers: () => [...brokers.values()],
    broker: (id) => brokers.get(id),
    controller: () => controller,
    topic: (name) => topics.get(name),
    learn: (answer, asked) => {
      brokers.clear();
      for (const { nodeId, host, port } of answer.brokers) brokers.set(nodeId, { host, port });
      controller = answer.controllerId < 0 ? undefined : answer.controllerId;
      if (asked === null) topics.clear();
      for (const { name, errorCode, topicId, partitions } of answer.topics)
        if (name !== null)
          topics.set(name, {
            code: errorCode,
            id: topicId,
            leaders: new Map(partitions.map(({ partitionIndex, leaderId }) => [partitionIndex, leaderId])),
          });
    },
    forget: (names) => {
      for (const name of names) topics.delete(name);
    },
  };
}
