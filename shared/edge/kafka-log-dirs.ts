import {
  type API,
  describeLogDirsV1,
  describeLogDirsV2,
  describeLogDirsV3,
  describeLogDirsV4,
} from "@platformatic/kafka";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { LogDir } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError, isDenied, unavailable } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { insist } from "./kafka-rounds.ts";

interface DirsAnswer {
  /** Of the whole answer; brokers tell it from version 3 on. */
  readonly errorCode?: number;
  readonly results: readonly {
    readonly errorCode: number;
    readonly topics: readonly {
      readonly name: string;
      readonly partitions: readonly {
        readonly partitionIndex: number;
        readonly partitionSize: bigint;
        readonly isFutureKey: boolean;
      }[];
    }[];
  }[];
}

/** The versions of DescribeLogDirs that are spoken here; `null` asks for all topics. */
export const LOG_DIRS = [
  describeLogDirsV4.api,
  describeLogDirsV3.api,
  describeLogDirsV2.api,
  describeLogDirsV1.api,
] as unknown as readonly API<[topics: { name: string; partitions: number[] }[] | null], DirsAnswer>[];

const NEED = "DESCRIBE on cluster kafka-cluster";

export function kafkaLogDirs(link: KafkaLink): Streams["logDirs"] {
  return async () => {
    const { brokers } = await insist(link, () => link.refresh([]));
    const told = await Promise.allSettled(brokers.map(({ nodeId }) => insist(link, () => dirsOf(link, nodeId))));
    const failed = told.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    // One broker that is away hides what it has; what stands in the way of all is no answer.
    const final = failed.find((error) => !(error instanceof HeadgateError && error.retryable));
    if (final !== undefined) throw final;
    if (failed.length === told.length) throw failed[0] ?? unavailable(link.name, "no brokers are known", true);
    return told
      .flatMap((one) => (one.status === "fulfilled" ? one.value : []))
      .sort((a, b) =>
        a.topic === b.topic ? a.partition - b.partition || a.broker - b.broker : a.topic < b.topic ? -1 : 1,
      );
  };
}

async function dirsOf(link: KafkaLink, broker: number): Promise<readonly LogDir[]> {
  const { errorCode = CODE.none, results } = await link.ask(broker, LOG_DIRS, null);
  if (errorCode !== CODE.none) throw codeError(link.name, errorCode, NEED);
  const found: LogDir[] = [];
  for (const { errorCode: code, topics } of results) {
    if (isDenied(code)) throw codeError(link.name, code, NEED);
    // A disk that is offline has nothing to tell; the replicas on it are absent.
    if (code !== CODE.none) continue;
    for (const { name, partitions } of topics)
      for (const { partitionIndex, partitionSize, isFutureKey } of partitions)
        found.push({
          topic: name,
          partition: partitionIndex,
          broker,
          bytes: Number(partitionSize),
          ...(isFutureKey ? { future: true } : {}),
        });
  }
  return found;
}
