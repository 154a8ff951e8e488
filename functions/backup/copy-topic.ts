import type { Stretch } from "../../shared/core/backup/run/unit.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

export interface TopicFate {
  readonly kind: "deleted" | "recreated";
  readonly why: string;
}

/** What became of the topics of these stretches since the cut; undefined: they are what they were. */
export async function topicFate(
  streams: Streams,
  stretches: readonly Stretch[],
): Promise<(stretch: Stretch) => TopicFate | undefined> {
  const names = new Set(stretches.map(({ topic }) => topic));
  const found = new Map(
    (await streams.topics()).filter(({ name }) => names.has(name)).map((topic) => [topic.name, topic]),
  );
  return ({ topic, topicId, partition }) => {
    const now = found.get(topic);
    if (!now) return { kind: "deleted", why: "the topic was deleted after the cut" };
    if (now.id !== topicId)
      return {
        kind: "recreated",
        why: `the topic was deleted and made again after the cut: its id was ${topicId} and is ${now.id}`,
      };
    if (!now.partitions.some((one) => one.partition === partition))
      return { kind: "deleted", why: "the partition is not there any more" };
    return undefined;
  };
}
