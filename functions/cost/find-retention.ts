import type { NotProposed, Opportunity } from "../../shared/core/cost/opportunity.ts";
import type { BillPrices } from "../../shared/core/cost/retention/bill-price.ts";
import { notProposed, retentionOpportunity } from "../../shared/core/cost/retention/opportunity.ts";
import { type Proposal, proposeRetention } from "../../shared/core/cost/retention/propose.ts";
import { proposeTiering } from "../../shared/core/cost/retention/tiering.ts";
import type { StoragePrice, TopicFacts } from "../../shared/core/cost/retention/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { matcher } from "../../shared/core/kernel/patterns.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { bounded } from "../bounded.ts";
import { streamsOf } from "./change-seen.ts";
import type { CostWork } from "./context.ts";
import type { Findings } from "./opportunities.ts";
import { dirsByTopic, topicFacts, usageMemory } from "./topic-facts.ts";

/** Topics whose offsets are asked for at a time. */
const AT_ONCE = 8;

type Found = { opportunities: Opportunity[]; notProposed: NotProposed[]; troubles: string[] };

/** What could be kept for a shorter time, of all clusters that `cost.retention` is about. Without that section: nothing is looked at. */
export async function retentionFindings(work: CostWork, prices: BillPrices): Promise<Findings> {
  const found: Found = { opportunities: [], notProposed: [], troubles: [] };
  const { retention } = work.config;
  if (!retention) return found;
  const clusters = retention.cluster === undefined ? Object.keys(work.all?.streams ?? {}) : [retention.cluster];
  if (clusters.length === 0) return found;
  for (const cluster of clusters) {
    try {
      await lookAt(work, cluster, prices, found);
    } catch (error) {
      if (!(error instanceof HeadgateError && error.code.startsWith("streams."))) throw error;
      found.troubles.push(`cluster ${cluster} could not be looked at: ${error.message}`);
    }
  }
  return found;
}

async function lookAt(work: CostWork, cluster: string, prices: BillPrices, found: Found): Promise<void> {
  const { config, runtime } = work;
  const retention = config.retention;
  if (!retention) return;
  const streams = streamsOf(work, cluster);
  const wanted = matcher(retention.topics, retention.exclude);
  const memory = await usageMemory(work, cluster, retention.history);
  const all = await topicFacts(work, { cluster, streams, wanted, memory });
  const now = Math.floor(runtime.now());
  const { currency } = config;
  const dirs = await dirsOf(streams);
  const offered = retention.tiering ? await offersTiering(streams, all) : undefined;
  const looked = await bounded(all, AT_ONCE, async (facts) => {
    const proposal = hushed(proposeRetention(facts, retention, prices.local, now), retention.mode);
    const isOne = proposal.status === "proposed" && dirs !== undefined;
    const olderBytes = isOne ? await olderThan(streams, facts, dirs, now - proposal.retentionMs) : undefined;
    return { facts, proposal, olderBytes };
  });
  for (const { facts, proposal, olderBytes } of looked) {
    if (proposal.status === "none") found.notProposed.push(notProposed(facts, "retention", proposal));
    else {
      const context = {
        ...{ currency, now },
        ...(prices.local ? { price: prices.local } : {}),
        ...(olderBytes === undefined ? {} : { olderBytes }),
      };
      found.opportunities.push(retentionOpportunity(facts, proposal, context));
    }
    const tiering = proposeTiering(facts, retention, offered, {
      ...{ currency, now },
      ...(prices.local ? { price: prices.local } : {}),
      ...remotePrice(prices.remote),
    });
    if (tiering && "action" in tiering) {
      if (retention.mode !== "observe") found.opportunities.push(tiering);
    } else if (tiering) found.notProposed.push(tiering);
  }
}

const remotePrice = (remote: StoragePrice | undefined) => (remote ? { remote } : {});

/** In mode observe what would be proposed is told, and is no proposal. */
function hushed(proposal: Proposal, mode: "observe" | "recommend" | "act"): Proposal {
  if (mode !== "observe" || proposal.status === "none") return proposal;
  return { status: "none", reason: "mode_observe", text: `would be proposed: ${proposal.bounds.at(-1) ?? ""}` };
}

type Dirs = ReturnType<typeof dirsByTopic>;

async function dirsOf(streams: Streams): Promise<Dirs | undefined> {
  try {
    return dirsByTopic(await streams.logDirs());
  } catch (error) {
    if (error instanceof HeadgateError && !error.retryable) return undefined;
    throw error;
  }
}

/** Whether the cluster would take `remote.storage.enable`, asked of it without setting anything. */
async function offersTiering(streams: Streams, all: readonly TopicFacts[]): Promise<boolean | undefined> {
  if (all.some(({ settings }) => settings.remote)) return true;
  const one = all.find(({ internal, settings }) => !internal && !settings.cleanupPolicy.includes("compact"));
  if (!one) return undefined;
  try {
    const answer = await streams.setTopicConfigs(one.topic, [{ name: "remote.storage.enable", value: "true" }], {
      dryRun: true,
    });
    return answer.status !== "refused";
  } catch (error) {
    if (error instanceof HeadgateError) return undefined;
    throw error;
  }
}

/** Bytes of all replicas whose records are older than an instant, by the share of offsets before it in each partition. */
async function olderThan(streams: Streams, { topic, partitions }: TopicFacts, dirs: Dirs, at: number): Promise<number> {
  const bytesOf = new Map<number, number>();
  for (const { partition, bytes } of dirs.get(topic) ?? [])
    bytesOf.set(partition, (bytesOf.get(partition) ?? 0) + bytes);
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const [ends, firsts] = await Promise.all([streams.offsets(places), streams.offsetsAt(places, at)]);
  const first = new Map(firsts.map(({ partition, offset }) => [partition, offset]));
  let older = 0;
  for (const { partition, logStart, end } of ends) {
    const bytes = bytesOf.get(partition) ?? 0;
    if (end <= logStart) continue;
    const from = Math.max(logStart, first.get(partition) ?? end);
    older += (bytes * (from - logStart)) / (end - logStart);
  }
  return older;
}
