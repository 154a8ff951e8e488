import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ScrapeJob } from "../../shared/core/monitoring/settings.ts";
import type { LocalFleet } from "../process-fleet.ts";
import type { ServiceSpec } from "../service-spec.ts";
import type { GivenTarget } from "./scraper.ts";
import { LEAST_TIMEOUT_MS, SHORTEST_SCRAPE_MS } from "./target-loop.ts";

/** The instances of this machine's services, as targets. */
export interface OwnTargets {
  given(): readonly GivenTarget[];
  /**
   * From when on all instances that should be there have been asked once, a little ahead at first; undefined: they are still being
   * started, and silence means nothing.
   */
  completeSince(): Millis | undefined;
  close(): void;
}

export interface OwnTargetsOptions {
  readonly services: readonly ServiceSpec[];
  readonly fleet: Pick<LocalFleet, "backends" | "describe" | "onChange">;
  readonly now: () => Millis;
  /** Virtual seconds per second. */
  readonly speed: number;
  /** Settings of a service's job by its name and path of metrics. */
  readonly job: (name: string, metricsPath: string) => ScrapeJob | undefined;
  /** Instances have come or gone. */
  readonly onChange: () => void;
  /** Real ms that a start is waited for. */
  readonly startedWithinMs?: number;
}

const STARTED_WITHIN_MS = 30_000;
/** Real ms: several changes at once are one. */
const SETTLE_MS = 100;
/** Real ms that a first scrape takes at most on a fast clock: its place in the shortest interval, and the shortest timeout. */
const FIRST_SCRAPE_MS = SHORTEST_SCRAPE_MS + LEAST_TIMEOUT_MS;

/**
 * Targets of services that say where their metrics are. `instance` is the instance's own name, which a restart does not change as it
 * changes the port: an alert goes on being the same one.
 */
export function ownTargets(options: OwnTargetsOptions): OwnTargets {
  const { fleet, now } = options;
  const measured = options.services.flatMap(({ name, metrics }) => (metrics === undefined ? [] : [{ name, metrics }]));
  const last = new Map<string, readonly GivenTarget[]>();
  const began = performance.now();
  let complete: Millis | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const lookAgain = async (): Promise<void> => {
    const seen = await fleet.describe(measured.map(({ name }) => ({ name })));
    for (const [name, { desired }] of seen) if (desired === 0) last.delete(name);
    if (complete !== undefined) return;
    // One that cannot be started must not keep the rules about all others waiting.
    const there = [...seen.values()].every(({ ready, desired, trouble }) => ready >= desired || trouble !== undefined);
    if (there || performance.now() - began > (options.startedWithinMs ?? STARTED_WITHIN_MS))
      complete = now() + FIRST_SCRAPE_MS * options.speed;
    else soon();
  };
  const look = () => {
    timer = undefined;
    if (closed) return;
    options.onChange();
    // A fleet that does not answer is being stopped.
    void lookAgain().catch(() => {});
  };
  const soon = () => {
    if (!closed) timer ??= setTimeout(look, SETTLE_MS);
  };
  const unlisten = fleet.onChange(soon);
  look();
  return {
    given: () =>
      measured.flatMap(({ name, metrics }) => {
        const job = options.job(name, metrics);
        const found = fleet
          .backends(name)
          .flatMap(({ id, port }) => (job ? [{ job, address: `127.0.0.1:${port}`, labels: { instance: id } }] : []));
        // With the last instance gone, the place where it was is asked on: `up` is 0, where without a target it would be unknown.
        if (found.length > 0) last.set(name, found);
        return last.get(name) ?? [];
      }),
    completeSince: () => complete,
    close: () => {
      closed = true;
      clearTimeout(timer);
      unlisten();
    },
  };
}
