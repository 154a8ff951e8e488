import { holds, isInstead } from "../../shared/core/cost/change/look.ts";
import { settingsText } from "../../shared/core/cost/change/settings-text.ts";
import type { ChangeDeed, Setting } from "../../shared/core/cost/change/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { streamsOf } from "./change-seen.ts";
import type { CostWork } from "./context.ts";

const LOOKS = 50;
const LOOK_MS = 100;

/** The controller answers before the brokers know: whoever looks next must not find the old value, and take it for another hand's. */
async function appears(work: CostWork, streams: Streams, topic: string, set: readonly Setting[]): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (holds((await streams.topicConfigs([topic])).get(topic) ?? [], set)) return true;
    await work.runtime.sleep(LOOK_MS);
  }
  return false;
}

/**
 * Sets them in one call, if the topic is still the one and as expected. Done twice it is done once.
 *
 * @throws HeadgateError `streams.*` where it may be tried again
 */
export async function setConfigs(work: CostWork, deed: ChangeDeed): Promise<ActionResult> {
  const { cluster, topic, topicId, set, expect } = deed;
  const result = (status: ActionResult["status"], detail: string): ActionResult => ({
    key: deed.key,
    status,
    at: Math.floor(work.runtime.now()),
    detail,
  });
  try {
    const streams = streamsOf(work, cluster);
    if (topicId !== undefined) {
      const found = (await streams.topics()).find(({ name }) => name === topic);
      if (!found) return result("superseded", `topic ${topic} is not there any more`);
      if (found.id !== topicId) return result("superseded", `topic ${topic} was deleted and made anew`);
    }
    const now = (await streams.topicConfigs([topic])).get(topic);
    if (!now) return result("superseded", `topic ${topic} is not there any more`);
    // What is so already is set once more: a broker that is a moment behind would have it look so.
    if (!holds(now, set) && !holds(now, expect))
      return result(
        "superseded",
        `${topic} was changed by another hand: ${isInstead(now, expect)}; it is left as it is`,
      );
    const answer = await streams.setTopicConfigs(
      topic,
      set.map(({ name, value }) => ({ name, value })),
    );
    if (answer.status === "refused") return result("refused", answer.why);
    if (!(await appears(work, streams, topic, set)))
      throw new HeadgateError(
        "streams.unavailable",
        `${settingsText(set)} on ${topic} was taken, and is not seen yet`,
        {
          retryable: true,
        },
      );
    return result("done", `${settingsText(set)} on ${topic}`);
  } catch (error) {
    if (error instanceof HeadgateError && error.code === "streams.denied") return result("refused", error.message);
    throw error;
  }
}
