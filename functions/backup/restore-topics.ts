import type { TopicPlan } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { StreamsResult, TopicConfig } from "../../shared/core/kernel/streams.ts";
import type { RestoreContext } from "./restore-types.ts";

const TRIES = 40;
const PAUSE_MS = 250;

/** A setting that this broker's version does not have is named in its refusal. */
const unknownOf = (why: string, configs: readonly { readonly name: string }[]): string | undefined =>
  /unknown|not (a )?valid|invalid config/i.test(why) ? configs.find(({ name }) => why.includes(name))?.name : undefined;

const refused = (topic: string, what: string, why: string): HeadgateError =>
  new HeadgateError("restore.refused", `${topic}: ${what}: ${why}`, {
    faults: [{ path: `topics.${topic}`, message: why }],
  });

/** Calls again without the settings that the cluster says it does not know. */
async function without<T extends { readonly name: string }>(
  configs: readonly T[],
  call: (configs: readonly T[]) => Promise<StreamsResult>,
): Promise<StreamsResult> {
  let left = configs;
  for (;;) {
    const result = await call(left);
    const unknown = result.status === "refused" ? unknownOf(result.why, left) : undefined;
    if (unknown === undefined) return result;
    left = left.filter(({ name }) => name !== unknown);
  }
}

/** What is held, over what the topic has in the end. */
function whileHeld(topic: TopicPlan): readonly TopicConfig[] {
  const over = new Set(topic.held.map(({ name }) => name));
  const others = topic.settled.flatMap(({ name, value }) =>
    value === undefined || over.has(name) ? [] : [{ name, value }],
  );
  return [...others, ...topic.held];
}

/**
 * Makes the topic, or sets what is held while records come in, and waits until every partition is led by somebody. Again is harmless.
 *
 * @throws HeadgateError `restore.refused` with what the cluster said; `streams.unavailable` retryable
 */
export async function openTopic(context: RestoreContext, topic: TopicPlan): Promise<void> {
  const { streams } = context;
  const { target, partitions, replicationFactor } = topic;
  let there = topic.action !== "create";
  if (!there) {
    const made = await without(whileHeld(topic), (configs) =>
      streams.createTopic({ name: target, partitions, replicationFactor, configs }),
    );
    if (made.status === "refused") throw refused(target, "cannot be made", made.why);
    there = made.status === "exists";
  }
  if (there) {
    const set = await without(topic.held, (configs) => streams.setTopicConfigs(target, configs));
    if (set.status === "refused") throw refused(target, "its settings cannot be held back", set.why);
    const wrong = await unlike(context, target, topic.held);
    if (wrong.length > 0)
      throw new HeadgateError(
        "streams.unavailable",
        `${target}: ${wrong.join(", ")} cannot be seen to be held back yet`,
        {
          retryable: true,
        },
      );
  }
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await context.sleep(PAUSE_MS);
    const info = (await streams.topics()).find(({ name }) => name === target);
    if (!info) continue;
    if (info.partitions.length < partitions) {
      const grown = await streams.addPartitions(target, partitions);
      if (grown.status === "refused") throw refused(target, "partitions cannot be added", grown.why);
      continue;
    }
    if (info.partitions.every(({ leader }) => leader !== undefined)) return;
  }
  throw new HeadgateError("streams.unavailable", `${target}: not every partition has a leader yet`, {
    retryable: true,
  });
}

/** Sets what the topic has in the end, as it was. Again is harmless. Answers what was not taken. */
export async function settleTopic(context: RestoreContext, topic: TopicPlan): Promise<string | undefined> {
  const wanted = topic.settled.map(({ name, value }) => ({ name, value }));
  const set = await without(wanted, (configs) => context.streams.setTopicConfigs(topic.target, configs));
  if (set.status === "refused") return `${topic.target}: its settings are still held back: ${set.why}`;
  const wrong = await unlike(context, topic.target, wanted);
  if (wrong.length === 0) return undefined;
  return `${topic.target}: these settings are not as they were: ${wrong.join(", ")}`;
}

/** Names of settings that are still others: a broker hears of them a moment after they were taken. Those that are not told have the default. */
async function unlike(
  context: RestoreContext,
  topic: string,
  wanted: readonly { readonly name: string; readonly value: string | undefined }[],
): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const now = (await context.streams.topicConfigs([topic])).get(topic) ?? [];
    const wrong = wanted.filter(({ name, value }) => {
      const found = now.find((one) => one.name === name)?.value;
      return value !== undefined && found !== undefined && found !== value;
    });
    if (wrong.length === 0 || attempt >= TRIES) return wrong.map(({ name }) => name);
    await context.sleep(PAUSE_MS);
  }
}
