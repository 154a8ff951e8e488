import type { FlinkState } from "../../shared/core/delivery/flink/types.ts";
import { evidenceOf } from "../../shared/core/delivery/gate/evidence.ts";
import type { GateState } from "../../shared/core/delivery/gate/state.ts";
import type { GateEvidence } from "../../shared/core/delivery/gate/types.ts";
import { gateOf } from "../../shared/core/delivery/rollout/judge.ts";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type { Rollout, RolloutLook, RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { ReleasesStatus } from "../../shared/core/ports/releases.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { allItems } from "../alerting/all-items.ts";
import { clockOf } from "../api/context.ts";
import type {
  DeliveryServicesView,
  DeliveryServiceView,
  DeliveryVersionView,
  RolloutCommandView,
  RolloutsView,
  RolloutView,
} from "../api/views-delivery.ts";
import { summaryOf } from "../decisions/summary.ts";
import { flinkKey, flinkStateOf } from "./flink-rollout.ts";
import { curveOf, latestRecords, type RolloutsAsk, rolloutsOf } from "./history.ts";
import { versionLook } from "./observe.ts";
import { shownRelease } from "./release-input.ts";
import { DELIVERY_NOUN, rolloutKey, rolloutState } from "./rollout.ts";
import { type DeliverySettings, deliveryIn, deliveryServices, deliverySettings } from "./settings.ts";
import { readShares } from "./shares.ts";
import { endedOf, rolloutSummary, serviceSummary } from "./summaries.ts";

const DECISIONS_SHOWN = 20;
const PREFIX = "rollout:";
const FLINK_PREFIX = "flink:";
const COMMANDS: readonly RolloutCommandView[] = ["pause", "resume", "promote", "skip", "approve", "abort", "rollback"];

/** @throws HeadgateError of the store */
export async function deliveryServicesView(runtime: Runtime, tenant: string): Promise<DeliveryServicesView> {
  const [applied, items, jobs] = await Promise.all([
    currentConfig(runtime, tenant),
    allItems(runtime, tenant, DELIVERY_NOUN, PREFIX),
    allItems(runtime, tenant, DELIVERY_NOUN, FLINK_PREFIX),
  ]);
  const stored = new Map(items.map((item) => [item.key.subject.slice(PREFIX.length), item]));
  const flink = new Map(jobs.map((item) => [item.key.subject.slice(FLINK_PREFIX.length), item]));
  const names = [...new Set([...deliveryServices(applied?.config), ...stored.keys(), ...flink.keys()])].sort();
  return {
    clock: clockOf(runtime),
    items: names.map((service) =>
      serviceSummary(deliveryIn(applied, service), rolloutState(stored.get(service)), {
        flink: flinkStateOf(flink.get(service)),
      }),
    ),
  };
}

function versionViews(status: ReleasesStatus): readonly DeliveryVersionView[] {
  return status.versions.map((one) => {
    const { version, slot, desired, pending, running, ready, failures, attempts } = one;
    const { trouble, addresses, startedAt, responseMs, healthData, logs } = one;
    return {
      ...{ version, desired, pending, running, ready, failures, attempts, addresses, logs },
      stable: version === status.stable,
      ...(slot === undefined ? {} : { slot }),
      ...(trouble === undefined ? {} : { trouble }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(responseMs === undefined ? {} : { responseMs }),
      ...(healthData === undefined ? {} : { healthData }),
    };
  });
}

/** The numbers behind the last verdict: from the gate's state while it is kept, else from the last record that judged. */
function evidenceIn(
  settings: DeliverySettings,
  rollout: Rollout,
  records: readonly DecisionRecord[],
): GateEvidence | undefined {
  const gate = gateOf(settings, rollout);
  if (gate && rollout.gate !== undefined) return evidenceOf(gate, rollout.gate as GateState);
  for (const { trace, stateAfter } of records) {
    const { current, ended = [] } = (stateAfter ?? {}) as unknown as Partial<RolloutState>;
    if (![current, ...ended].some((one) => one?.id === rollout.id)) continue;
    const evidence = trace.findLast(({ rule, values }) => rule === "gate" && values["evidence"] !== undefined);
    if (evidence) return evidence.values["evidence"] as unknown as GateEvidence;
  }
  return undefined;
}

function rolloutView(settings: DeliverySettings, rollout: Rollout, records: readonly DecisionRecord[]): RolloutView {
  const { release, size, hooks, approved, served, verifiedAt, judgedUntil } = rollout;
  const evidence = evidenceIn(settings, rollout, records);
  return {
    ...rolloutSummary(settings.service, rollout),
    release: shownRelease(release),
    size,
    hooks,
    approved,
    ...(served ? { served } : {}),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    ...(judgedUntil === undefined ? {} : { judgedUntil }),
    ...(evidence ? { evidence } : {}),
    curve: curveOf(records, rollout.id),
  };
}

/** What the machine would do of what a person may say: it is asked, and nothing is done. */
function allowed(settings: DeliverySettings, state: RolloutState, look: RolloutLook, now: number) {
  const { service, delivery } = settings;
  if (!state.current) return [];
  return COMMANDS.filter((command) => {
    const input = { kind: "command", command, by: "", why: "", look } as const;
    const { reason } = rolloutMachine.step({ service, delivery }, state, input, now);
    return !reason.startsWith("refused_");
  });
}

/**
 * Everything that is known of how a service is released.
 *
 * @throws HeadgateError `service.unknown` where neither the configuration nor any rollout knows it; those of store and journal
 */
export async function deliveryServiceView(
  runtime: Runtime,
  tenant: string,
  service: string,
): Promise<DeliveryServiceView> {
  const settings = await deliverySettings(runtime, tenant, service);
  const stored = await runtime.store.load(rolloutKey(tenant, service));
  const state = rolloutState(stored);
  const trouble: string[] = [];
  const status = await describeFor(runtime, settings, trouble);
  if (!settings.known && !state && (status?.versions.length ?? 0) === 0) throw unknownService(service);
  const [shares, records] = await Promise.all([
    readShares(runtime, settings, status?.versions ?? []),
    latestRecords(runtime, tenant, service),
  ]);
  if (shares.failure !== undefined) trouble.push(shares.failure);
  const rollout = state?.current ?? state?.ended[0];
  const look: RolloutLook = {
    kind: "look",
    divides: shares.divides,
    ...(status ? { versions: status.versions.map(versionLook) } : {}),
    ...(status?.stable === undefined ? {} : { stable: status.stable }),
    ...(shares.shares ? { shares: shares.shares } : {}),
  };
  const flink = await flinkOf(runtime, tenant, settings);
  return {
    clock: clockOf(runtime),
    summary: serviceSummary(settings, state, { observed: status?.stable, flink }),
    configVersion: settings.version,
    config: settings.delivery,
    ...(status ? { versions: versionViews(status) } : {}),
    ...(shares.shares ? { shares: shares.shares } : {}),
    divides: shares.divides,
    trouble,
    ...(rollout ? { rollout: rolloutView(settings, rollout, records) } : {}),
    commands: [...(state ? allowed(settings, state, look, Math.floor(runtime.now())) : []), ...jobCommands(flink)],
    // While somebody works on it, the instant is the one at which another worker would take over.
    ...(stored?.dueAt === undefined || stored.pending ? {} : { dueAt: stored.dueAt }),
    pending: stored?.pending?.actions.length ?? 0,
    ended: endedOf(service, state, flink),
    decisions: records.slice(0, DECISIONS_SHOWN).map(summaryOf),
    ...(flink === undefined ? {} : { flink }),
  };
}

/** What may be said to a switch of Flink jobs; what is not possible after all is refused with its reason. */
function jobCommands(flink: FlinkState | undefined): readonly RolloutCommandView[] {
  const { current } = flink ?? {};
  if (!current) return [];
  const waits = current.phase === "approval" ? (["approve"] as const) : [];
  return [current.paused ? "resume" : "pause", "promote", ...waits, "abort", "rollback"];
}

async function describeFor(
  runtime: Runtime,
  { target }: DeliverySettings,
  trouble: string[],
): Promise<ReleasesStatus | undefined> {
  if (!runtime.releases) {
    trouble.push("nothing can be rolled out here: delivery is not switched on");
    return undefined;
  }
  try {
    return (await runtime.releases.describe(target)) ?? { versions: [], at: runtime.now() };
  } catch (error) {
    trouble.push(`versions could not be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

const unknownService = (service: string) =>
  new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is known`);

const flinkOf = async (
  runtime: Runtime,
  tenant: string,
  { service, delivery }: DeliverySettings,
): Promise<FlinkState | undefined> =>
  delivery.flink ? flinkStateOf(await runtime.store.load(flinkKey(tenant, service))) : undefined;

/** @throws HeadgateError `service.unknown`, `journal.unavailable`; those of the store */
export async function rolloutsView(
  runtime: Runtime,
  tenant: string,
  service: string,
  asked: RolloutsAsk,
): Promise<RolloutsView> {
  const settings = await deliverySettings(runtime, tenant, service);
  const state = rolloutState(await runtime.store.load(rolloutKey(tenant, service)));
  if (!settings.known && !state) throw unknownService(service);
  return { clock: clockOf(runtime), service, ...(await rolloutsOf(runtime, tenant, service, state, asked)) };
}
