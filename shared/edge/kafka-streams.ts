import type { Streams } from "../core/ports/streams.ts";
import { kafkaConfigs } from "./kafka-configs.ts";
import { kafkaFetch } from "./kafka-fetch.ts";
import { kafkaGroups } from "./kafka-groups.ts";
import { kafkaLink } from "./kafka-link.ts";
import { kafkaLogDirs } from "./kafka-log-dirs.ts";
import { kafkaOffsets, kafkaOffsetsAt } from "./kafka-offsets.ts";
import { kafkaAppend } from "./kafka-produce.ts";
import { kafkaRules } from "./kafka-rules.ts";
import type { KafkaSettings } from "./kafka-settings.ts";
import { kafkaSkip } from "./kafka-skip.ts";
import { kafkaTopics } from "./kafka-topics.ts";

/**
 * A Kafka cluster (brokers from 3.0 on). Connections and sign-in are the library's; fetches and appends carry raw batches, which the library
 * would decode: a backup needs them as they are.
 */
export function kafkaStreams(settings: KafkaSettings): Streams {
  const link = kafkaLink(settings);
  const offsets = kafkaOffsets(link);
  return {
    ...kafkaTopics(link),
    ...kafkaConfigs(link),
    ...kafkaGroups(link),
    ...kafkaRules(link),
    offsets,
    offsetsAt: kafkaOffsetsAt(link),
    logDirs: kafkaLogDirs(link),
    fetch: kafkaFetch(link, offsets),
    append: kafkaAppend(link),
    skip: kafkaSkip(link),
    close: link.close,
  };
}
