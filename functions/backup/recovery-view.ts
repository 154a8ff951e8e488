import { readPlaces } from "../../shared/core/backup/places.ts";
import type { FailoverSettings, RecoverySettings } from "../../shared/core/backup/recovery/file.ts";
import type { RecoveryState, ReplicationLag } from "../../shared/core/backup/recovery/types.ts";
import { runbookDrills } from "../../shared/core/backup/runbook/drill.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { own } from "../own.ts";
import { openPlan, type PlanContext } from "./context.ts";
import { recoveryDrills, recoveryOf } from "./recovery.ts";
import type { MirrorSides, RecoveryView } from "./recovery-views.ts";
import { replicationLag } from "./replication.ts";
import { runbookState } from "./runbook.ts";
import "../shared-parts.ts";

const AT_ONCE = 4;
/** Looking at two clusters must not keep whoever asks for a plan's state waiting: real ms. */
const LAG_MS = 20_000;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Names of the clusters on both sides, where the configuration has them. */
export function clusterNames(config: Pick<HeadgateConfig, "streams">, settings: RecoverySettings) {
  const clusters = config.streams ?? {};
  const named = (wanted: string | undefined, region: string): string | undefined => {
    const name = wanted ?? region;
    return own(clusters, name) ? name : undefined;
  };
  const { failover = {} as FailoverSettings, primaryRegion, secondaryRegion } = settings;
  return {
    primary: named(failover.primaryCluster, primaryRegion),
    secondary: named(failover.secondaryCluster, secondaryRegion),
  };
}

/** Both clusters of the mirror, where the disaster-recovery file asks for one and `streams` has them; nothing is asked of them yet. */
export function mirrorSides(
  runtime: Runtime,
  config: Pick<HeadgateConfig, "streams">,
  settings: RecoverySettings | undefined,
): MirrorSides | undefined {
  if (!settings?.replication) return undefined;
  const { primary, secondary } = clusterNames(config, settings);
  const open = (name: string | undefined): Streams | undefined => {
    const found = name === undefined ? undefined : own(config.streams ?? {}, name);
    return name === undefined || !found ? undefined : runtime.streams?.(name, found);
  };
  const [source, target] = [open(primary), open(secondary)];
  if (!source || !target) return undefined;
  const { connect } = settings.failover ?? {};
  return {
    source: { alias: settings.primaryRegion, streams: source },
    target: { alias: settings.secondaryRegion, streams: target },
    topics: settings.replication.topics,
    ...(connect ? { connect } : {}),
  };
}

/** The plan that failing over restores from: the one that is named, else the only one, else the first. */
export const failoverPlan = (config: Pick<HeadgateConfig, "backup" | "disasterRecovery">): string | undefined =>
  config.disasterRecovery?.settings.failover?.plan ?? Object.keys(config.backup ?? {})[0];

/** Destinations that are in another region than the primary one; undefined: no destination says where it is. */
function awayOf({ plan, config, name }: PlanContext): readonly string[] | undefined {
  const region = config.disasterRecovery?.settings.primaryRegion;
  const { places } = readPlaces(plan.to, config.destinations ?? {}, `backup.${name}.to`, (path) => path);
  const known = places.flatMap((one) =>
    "s3" in one && one.s3.region !== undefined ? [[one.name, one.s3.region]] : [],
  );
  if (region === undefined || known.length === 0) return undefined;
  return known.flatMap(([place = "", where]) => (where === region ? [] : [place]));
}

async function lagOf(context: PlanContext, now: number): Promise<ReplicationLag | undefined> {
  const { runtime, config, http } = context;
  const sides = mirrorSides(runtime, config, config.disasterRecovery?.settings);
  if (!sides) return undefined;
  const { connect, ...rest } = sides;
  const flow = `${sides.source.alias}->${sides.target.alias}`;
  // Its timer keeps no process alive.
  const limit = new Promise<never>((_, refuse) => {
    AbortSignal.timeout(LAG_MS).addEventListener("abort", () =>
      refuse(new Error("the clusters did not answer in time")),
    );
  });
  try {
    const ask = { ...rest, now, ...(connect ? { connect: { url: connect.url, http } } : {}) };
    return await Promise.race([replicationLag(ask), limit]);
  } catch (error) {
    return { flow, at: now, topics: [], troubles: [`it cannot be seen: ${message(error)}`] };
  }
}

/** What failovers and their rehearsals have shown, where they restore from this plan. */
async function rehearsed({ runtime, tenant, name, config, places }: PlanContext) {
  if (!config.disasterRecovery || failoverPlan(config) !== name) return [];
  const state = await runbookState(runtime, tenant, "failover");
  if (state.ended.length === 0) return [];
  const drill = (await recoveryDrills(places, name)).find(({ ok }) => ok);
  return runbookDrills(state, { ms: drill?.rtoMs });
}

/** Where recovery of a plan that is open stands. @throws HeadgateError `objects.unavailable` where no destination answers */
async function recoveryStateOf(context: PlanContext): Promise<RecoveryState> {
  const { name: plan, plan: config, places, runtime } = context;
  const now = Math.floor(runtime.now());
  const [replication, drills] = await Promise.all([lagOf(context, now), rehearsed(context)]);
  const objectives = context.config.disasterRecovery?.settings.objectives;
  const away = awayOf(context);
  return recoveryOf({
    ...{ plan, config, places, now, drills },
    ...(objectives ? { objectives } : {}),
    ...(replication ? { replication } : {}),
    ...(away ? { away } : {}),
  });
}

/** Every plan's recovery, or those of `only`. A plan whose destinations do not answer is told as a trouble. @throws HeadgateError of the store */
export async function recoveryView(runtime: Runtime, tenant: string, only?: string): Promise<RecoveryView> {
  const config = (await currentConfig(runtime, tenant))?.config;
  const plans = only === undefined ? Object.keys(config?.backup ?? {}) : [only];
  return recoveryViewOf(config, plans, (plan) => openPlan(runtime, tenant, plan), only !== undefined);
}

/** The same of plans that somebody else opens. `strict`: what goes wrong is thrown. */
export async function recoveryViewOf(
  config: Pick<HeadgateConfig, "disasterRecovery"> | undefined,
  plans: readonly string[],
  open: (plan: string) => PlanContext | Promise<PlanContext>,
  strict = false,
): Promise<RecoveryView> {
  const found = await bounded(plans, AT_ONCE, async (plan) => {
    try {
      return [await recoveryStateOf(await open(plan))];
    } catch (error) {
      if (strict) throw error;
      return [{ plan, why: message(error) }];
    }
  });
  const all = found.flat();
  const named = config?.disasterRecovery;
  return {
    ...(named
      ? {
          disasterRecovery: {
            file: named.file,
            primaryRegion: named.settings.primaryRegion,
            secondaryRegion: named.settings.secondaryRegion,
          },
        }
      : {}),
    plans: all.filter((one): one is RecoveryState => "disruptions" in one),
    troubles: all.filter((one): one is { plan: string; why: string } => !("disruptions" in one)),
  };
}
