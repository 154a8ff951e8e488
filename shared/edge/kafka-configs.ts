import { describeConfigsV4, incrementalAlterConfigsV1 } from "@platformatic/kafka";
import type { HeldConfig, TopicConfig } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { insist } from "./kafka-rounds.ts";
import { resultOf } from "./kafka-topics.ts";

const TOPIC = 2;
/** Set on the topic itself, rather than on a broker or nowhere. */
const ON_TOPIC = 1;
const SET = 0;
const DELETE = 1;
/** Topics of one request: their answers list every setting of each. */
const AT_ONCE = 200;

export function kafkaConfigs(link: KafkaLink): Pick<Streams, "topicConfigs" | "heldConfigs" | "setTopicConfigs"> {
  const all = async (names: readonly string[]) => {
    const found: [string, HeldConfig[]][] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE);
      found.push(...(await insist(link, () => described(link, some))));
    }
    return found;
  };
  return {
    topicConfigs: async (names) =>
      new Map(
        (await all(names)).map(([name, configs]): [string, TopicConfig[]] => [
          name,
          configs.flatMap(({ own, ...config }) => (own ? [config] : [])),
        ]),
      ),
    heldConfigs: async (names) => new Map(await all(names)),
    setTopicConfigs: (topic, configs, { dryRun = false } = {}) =>
      insist(link, async () => {
        if (configs.length === 0) return { status: "done" };
        const resource = {
          resourceType: TOPIC,
          resourceName: topic,
          configs: configs.map(({ name, value }) =>
            value === undefined
              ? { name, configOperation: DELETE as typeof DELETE }
              : { name, configOperation: SET as typeof SET, value },
          ),
        } as const;
        const { responses } = await link.ask(
          "controller",
          [incrementalAlterConfigsV1.api],
          [{ ...resource, configs: [...resource.configs] }],
          dryRun,
        );
        const [one] = responses;
        return resultOf(link, one?.errorCode ?? -1, `ALTER_CONFIGS on topic ${topic}`, one?.errorMessage);
      }),
  };
}

async function described(link: KafkaLink, names: readonly string[]): Promise<[string, HeldConfig[]][]> {
  const resources = names.map(
    (name) => ({ resourceType: TOPIC, resourceName: name, configurationKeys: null }) as const,
  );
  const { results } = await link.ask("any", [describeConfigsV4.api], resources, false, false);
  return results.flatMap(({ errorCode, errorMessage, resourceName, configs }): [string, HeldConfig[]][] => {
    if (errorCode === CODE.unknownPartition) return [];
    if (errorCode !== CODE.none)
      throw codeError(link.name, errorCode, `DESCRIBE_CONFIGS on topic ${resourceName}`, errorMessage);
    const held = configs.flatMap(({ name, value, configSource, isSensitive }) =>
      !isSensitive && typeof value === "string" ? [{ name, value, own: configSource === ON_TOPIC }] : [],
    );
    return [[resourceName, held.sort((a, b) => (a.name < b.name ? -1 : 1))]];
  });
}
