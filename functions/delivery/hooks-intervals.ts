import type { JudgedInterval } from "../../shared/core/delivery/hooks/judging.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { VersionCounts } from "../../shared/core/ports/counts.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";
import type { DeliverySettings } from "./settings.ts";

/** The two sides of somebody else's rollout, as the source of counts names them. */
export interface Pair {
  readonly canary: string;
  readonly baseline: string;
}

export interface ReadIntervals {
  /** Absent: they could not be read. */
  readonly intervals?: readonly JudgedInterval[];
  readonly failure?: string;
}

const side = (name: "canary" | "baseline", counts: VersionCounts | undefined) => (counts ? { [name]: counts } : {});

/**
 * Counts of both sides from `from` on, in whole intervals of the service's tick, up to what is complete by now. Before the canary's
 * first request they are the baseline's history.
 */
export async function readIntervals(
  runtime: Runtime,
  { service, delivery, places }: DeliverySettings,
  { canary, baseline }: Pair,
  span: { readonly from: Millis; readonly to?: Millis },
): Promise<ReadIntervals> {
  const source = runtime.counts?.(delivery.counts, service, places);
  if (!source) return { failure: `nobody counts the requests of ${service} by version here` };
  const { every, gate } = delivery;
  const whole = (at: Millis) => Math.floor(at / every) * every;
  const to = whole(Math.min(span.to ?? Number.POSITIVE_INFINITY, source.settledUntil(runtime.now())));
  const from = whole(span.from);
  if (to <= from) return { intervals: [] };
  try {
    const slow = gate === "off" ? undefined : gate.slow;
    const read = await source.read({
      service,
      versions: [canary, baseline],
      from,
      to,
      everyMs: every,
      ...(slow === undefined ? {} : { slowMs: slow }),
    });
    return {
      intervals: read.map(({ at, versions }) => ({
        from: at,
        to: at + every,
        ...side("canary", own(versions, canary)),
        ...side("baseline", own(versions, baseline)),
      })),
    };
  } catch (error) {
    const failure = `counts of ${service}: ${error instanceof Error ? error.message : String(error)}`;
    runtime.telemetry.log("warn", "counts could not be read; the gate holds", { service, failure });
    return { failure };
  }
}
