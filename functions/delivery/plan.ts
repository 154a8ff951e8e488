import { gatePlan } from "../../shared/core/delivery/gate/plan.ts";
import { gateSettingsOf } from "../../shared/core/delivery/gate-settings.ts";
import { waysOf } from "../../shared/core/delivery/rollout/strategies.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { ReleasesStatus } from "../../shared/core/ports/releases.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { RolloutPlanView, RolloutStrategyView } from "../api/views-delivery.ts";
import { countsOf, readHistory } from "./counts-look.ts";
import { rolloutKey, rolloutState } from "./rollout.ts";
import { type DeliverySettings, deliverySettings } from "./settings.ts";
import { readShares } from "./shares.ts";
import { sourceName } from "./source-name.ts";

type Traffic = NonNullable<RolloutPlanView["traffic"]>;

/** What the version that serves now was asked for in the last hour; undefined where nobody has counted. */
async function trafficOf(
  runtime: Runtime,
  settings: DeliverySettings,
  status: ReleasesStatus | undefined,
): Promise<Traffic | undefined> {
  const counts = countsOf(runtime, settings);
  const stable = status?.stable;
  if (!counts || stable === undefined) return undefined;
  const { every, gate } = settings.delivery;
  const now = runtime.now();
  const until = Math.floor(Math.min(counts.settledUntil(now), now) / every) * every;
  const ticks = Math.max(1, Math.floor(HOUR_MS / every));
  const { history, slowMs } = await readHistory(counts, settings.service, {
    baseline: sourceName(settings, status?.versions ?? [], stable),
    to: until,
    ticks,
    everyMs: every,
    ...(gate === "off" || gate.slow === undefined ? {} : { slowMs: gate.slow }),
  });
  const known = history.filter(({ requests }) => requests > 0);
  const sum = (of: (tick: (typeof known)[number]) => number): number => known.reduce((all, tick) => all + of(tick), 0);
  const requests = sum((tick) => tick.requests);
  if (requests === 0) return undefined;
  const slow = known.every((tick) => tick.slow !== undefined) ? sum((tick) => tick.slow ?? 0) / requests : undefined;
  return {
    from: until - ticks * every,
    to: until,
    requestsPerTick: requests / known.length,
    errorRate: sum((tick) => tick.errors) / requests,
    ...(slow === undefined ? {} : { slowRate: slow }),
    ...(slowMs === undefined ? {} : { slowMs }),
  };
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * What a release would go through by the configuration in force, and what its gate could see at the traffic of the last hour.
 *
 * @throws HeadgateError `service.unknown`; those of the store
 */
export async function planView(
  runtime: Runtime,
  tenant: string,
  service: string,
  wanted?: RolloutStrategyView,
): Promise<RolloutPlanView> {
  const settings = await deliverySettings(runtime, tenant, service);
  const { delivery } = settings;
  const state = rolloutState(await runtime.store.load(rolloutKey(tenant, service)));
  if (!settings.known && !state)
    throw new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is known`);
  const strategy = wanted ?? delivery.strategy;
  const notes: string[] = [];
  const note = (text: string): undefined => void notes.push(text);
  const status = await runtime.releases
    ?.describe(settings.target)
    .catch((error: unknown) => note(`versions could not be read: ${message(error)}`));
  if (!runtime.releases) note("nothing can be rolled out here: delivery is not switched on");
  const { divides } = await readShares(runtime, settings, status?.versions ?? []);
  const hooks = Object.keys(delivery.hooks);
  const { every, gate } = delivery;
  const common = { clock: clockOf(runtime), service, strategy, divides, hooks, notes } as const;
  const shownGate = {
    rule: gate === "off" ? "off" : gate.rule,
    ...(gate === "off" ? {} : { alpha: gate.alpha }),
    everyMs: every,
  } as const;
  if (strategy === "flink-blue-green") return { ...common, steps: [], bakeMs: 0, leastMs: 0, gate: shownGate };
  const ways = waysOf({ strategy });
  const size = Math.max(1, status?.versions.find(({ version }) => version === status.stable)?.desired ?? 1);
  const steps = ways.plan(delivery, size);
  const bakeMs = ways.bakeMs(delivery);
  const judged = ways.judgedMs(delivery);
  const gateSettings = judged === undefined ? undefined : gateSettingsOf(delivery, judged);
  if (ways.needsShares && !divides)
    note(`${strategy} needs somebody who divides traffic: a gateway here, or weights of a load balancer under traffic`);
  if (status?.stable === undefined) note("nothing serves yet: the first release has nothing to be compared with");
  const traffic = await trafficOf(runtime, settings, status ?? undefined).catch((error: unknown) =>
    note(`requests could not be counted: ${message(error)}`),
  );
  if (!traffic && gateSettings)
    note("no requests are known of the version that serves: what would be seen cannot be told");
  if (steps.some(({ approval }) => approval) || delivery.approval) note("it waits for a person on the way");
  if (traffic?.errorRate === 0 && gateSettings)
    note(
      "the version that serves had no errors in that hour: no ratio of them can be told, and errors of the new one alone fail it",
    );
  const visible =
    traffic && gateSettings?.rule === "sequential"
      ? steps
          .filter(({ percent }) => percent < 100)
          .map(({ percent }) => {
            const { requestsPerTick, errorRate, slowRate } = traffic;
            const plan = gatePlan({
              canary: (requestsPerTick * percent) / 100,
              baseline: (requestsPerTick * (100 - percent)) / 100,
              errorRate,
              ...(slowRate === undefined ? {} : { slowRate }),
              settings: gateSettings,
            });
            const seen = plan.visible.at(-1);
            return {
              percent,
              ratio: seen?.errors ?? null,
              ...(slowRate === undefined ? {} : { slow: seen?.slow ?? null }),
            };
          })
      : undefined;
  return {
    ...common,
    steps,
    bakeMs,
    leastMs: steps.reduce((all, { forMs }) => all + forMs, 0) + bakeMs,
    gate: shownGate,
    ...(traffic ? { traffic } : {}),
    ...(visible ? { visible } : {}),
  };
}
