import type { Segment } from "../../shared/core/cost/observe/segments.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";

/** Bytes by topic for each piece of time, as the brokers count them; absent: nobody tells. */
export interface ByteCounts {
  readonly into?: readonly ReadonlyMap<string, number>[];
  readonly out?: readonly ReadonlyMap<string, number>[];
  /** Why they are not there, or may be wrong. */
  readonly why?: string;
}

export const NO_BYTES: ByteCounts = {};

/** As the JMX exporter's rules for Kafka name them, and as MSK's open monitoring does. */
const series = (what: "in" | "out", seconds: number): string => {
  const range = `[${seconds}s]`;
  const name = what === "in" ? "BytesIn" : "BytesOut";
  const lower = name.toLowerCase();
  return [
    `sum by (topic) (increase(kafka_server_brokertopicmetrics_${lower}_total{topic!=""}${range}))`,
    `sum by (topic) (increase(kafka_server_brokertopicmetrics_${lower}persec_count{topic!=""}${range}))`,
    `sum by (topic) (increase(kafka_server_BrokerTopicMetrics_Count{name="${name}PerSec",topic!=""}${range}))`,
  ].join(" or ");
};

/**
 * Asks Prometheus how many bytes brokers took and gave by topic: counters that begin anew are no loss to `increase`. An empty answer or none is no zero: the
 * counts are then made from the log. CloudWatch has them by broker and topic, each a paid metric in each hour, and is not asked (docs/cost-allocation.md).
 */
export async function brokerBytes(queries: Queries | undefined, pieces: readonly Segment[]): Promise<ByteCounts> {
  if (!queries) return NO_BYTES;
  const ask = async (what: "in" | "out") => {
    const counts: ReadonlyMap<string, number>[] = [];
    for (const { from, to } of pieces) {
      const seconds = Math.round((to - from) / SECOND_MS);
      const samples = seconds < 60 ? [] : (await queries.instant(series(what, seconds), to)).samples;
      counts.push(
        new Map(
          samples.flatMap(({ labels, value }): (readonly [string, number])[] => {
            const topic = labels["topic"];
            return topic === undefined || !Number.isFinite(value) || value < 0 ? [] : [[topic, Math.round(value)]];
          }),
        ),
      );
    }
    return counts;
  };
  try {
    const [into, out] = [await ask("in"), await ask("out")];
    return { into, out };
  } catch (error) {
    return { why: `bytes are counted from the log: ${error instanceof Error ? error.message : String(error)}` };
  }
}
