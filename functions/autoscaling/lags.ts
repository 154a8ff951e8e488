import type { KafkaLagPolicy } from "../../shared/core/autoscaling/lag/policy.ts";
import type { LagSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { StreamsConfig } from "../../shared/core/kernel/streams-section.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";
import { readGroups } from "./lag-read.ts";
import type { Target } from "./observe.ts";

/** A broker that does not answer must not take the decision's time; the tick has 55 s for all services. Real ms. */
const PATIENCE_MS = 12_000;

/** By index of the policy. */
export type Lags = { readonly [policy: string]: LagSeen };

interface Ask {
  readonly service: string;
  readonly index: string;
  readonly policy: KafkaLagPolicy;
}

/** What `kafka-lag` policies of these services have to be told. */
function asksOf(targets: readonly Pick<Target, "name" | "config">[]): readonly Ask[] {
  return targets.flatMap(({ name, config }) =>
    config.policies.flatMap((policy, index) =>
      policy.type === "kafka-lag" ? [{ service: name, index: String(index), policy }] : [],
    ),
  );
}

/**
 * The consumer groups that the policies of all targets name: one read for each cluster, all of them side by side. Never rejects: what cannot be read is told as why, so that
 * the decision holds with it.
 *
 * @param streams The section `streams` of the configuration.
 */
export async function observeLags(
  runtime: Pick<Runtime, "now" | "streams" | "telemetry">,
  targets: readonly Pick<Target, "name" | "config">[],
  streams: StreamsConfig | undefined,
): Promise<ReadonlyMap<string, Lags>> {
  const byCluster = Map.groupBy(asksOf(targets), ({ policy }) => policy.cluster);
  const found = new Map<string, { [policy: string]: LagSeen }>();
  await Promise.all(
    [...byCluster].map(async ([cluster, asks]) => {
      const seen = await lookAt(runtime, cluster, asks, streams);
      for (const [position, { service, index }] of asks.entries()) {
        const lags = found.get(service) ?? {};
        found.set(service, lags);
        lags[index] = seen[position] as LagSeen;
      }
    }),
  );
  return found;
}

async function lookAt(
  runtime: Pick<Runtime, "now" | "streams" | "telemetry">,
  cluster: string,
  asks: readonly Ask[],
  streams: StreamsConfig | undefined,
): Promise<readonly LagSeen[]> {
  const settings = streams && own(streams, cluster);
  const failed = (why: string) => asks.map((): LagSeen => ({ at: runtime.now(), why }));
  if (!settings) return failed(`cluster ${cluster} is not under streams`);
  if (!runtime.streams) return failed("no Kafka cluster can be reached from here");
  try {
    const port = runtime.streams(cluster, settings);
    const wanted = asks.map(({ policy }) => policy);
    return await within(PATIENCE_MS, `${cluster} did not answer in time`, readGroups(port, wanted, runtime.now));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "consumer groups could not be read; services hold", {
      cluster,
      groups: new Set(asks.map(({ policy }) => policy.group)).size,
      error: why,
    });
    return failed(why);
  }
}

async function within<T>(patienceMs: number, why: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HeadgateError("streams.unavailable", why, { retryable: true })), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
