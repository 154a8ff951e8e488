import { retentionOf } from "../../shared/core/cost/change/look.ts";
import type {
  ChangeState,
  NotedOpportunity,
  Seen,
  SeenFloor,
  TopicAction,
} from "../../shared/core/cost/change/types.ts";
import { decisive, floorOf } from "../../shared/core/cost/retention/floor.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { own } from "../own.ts";
import { retentionConfig } from "./change-config.ts";
import type { CostWork } from "./context.ts";
import { topicFacts, usageMemory } from "./topic-facts.ts";

/** The cluster of a name. @throws HeadgateError `streams.unavailable` where the configuration has none, or nobody can reach it from here */
export function streamsOf({ runtime, all }: CostWork, cluster: string): Streams {
  const settings = own(all?.streams ?? {}, cluster);
  if (!settings) throw new HeadgateError("streams.unavailable", `the configuration has no cluster ${cluster}`);
  if (!runtime.streams) throw new HeadgateError("streams.unavailable", "no Kafka cluster can be reached from here");
  return runtime.streams(cluster, settings);
}

/** The topic of an action as it stands, with the floor computed anew where the action is about what is deleted. Never throws for the cluster. */
export async function seenNow(work: CostWork, action: TopicAction): Promise<Seen> {
  const { cluster, topic } = action;
  try {
    const streams = streamsOf(work, cluster);
    const rules = retentionConfig(work);
    const memory = await usageMemory(work, cluster, rules.history);
    const [facts] = await topicFacts(work, { cluster, streams, wanted: (name) => name === topic, memory });
    if (!facts) return { status: "gone", text: `topic ${topic} is not there any more` };
    const now = Math.floor(work.runtime.now());
    return {
      status: "seen",
      ...(facts.topicId === undefined ? {} : { topicId: facts.topicId }),
      own: action.set.map(({ name }) => {
        const value = own(facts.settings.own, name);
        return { name, ...(value === undefined ? {} : { value }) };
      }),
      cleanupPolicy: facts.settings.cleanupPolicy,
      ...(retentionOf(action) === undefined ? {} : { floor: noted(floorOf(facts, rules, now)) }),
    };
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    // The cluster answers, and does not let us see what we have to: that is not knowing, and not the same as not reaching it.
    if (error.code === "streams.denied")
      return { status: "seen", own: action.set, cleanupPolicy: "", floor: { status: "unknown", text: error.message } };
    if (error.code.startsWith("streams.")) return { status: "unreachable", text: error.message };
    throw error;
  }
}

function noted(floor: ReturnType<typeof floorOf>): SeenFloor {
  if (floor.status === "unknown") return { status: "unknown", text: floor.text };
  return { status: "known", ms: floor.ms, needMs: floor.needMs, text: decisive(floor).text, terms: floor.terms };
}

/** The action of a change that Headgate makes itself; undefined: a person's, or none yet. */
export function actionOf(change: ChangeState | NotedOpportunity | undefined): TopicAction | undefined {
  const opportunity = change && "status" in change ? change.opportunity : change;
  return opportunity?.action.type === "topic_configs" ? opportunity.action : undefined;
}
