import type {
  RolloutCommandName,
  RolloutReason,
  RolloutStart,
  Strategy,
} from "../../shared/core/delivery/rollout/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { ReleasesStatus } from "../../shared/core/ports/releases.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { ReleaseStartedView, RolloutCommandedView } from "../api/views-delivery.ts";
import { summaryOf } from "../decisions/summary.ts";
import { readRelease } from "./release-input.ts";
import { rolloutKey, rolloutState, runRollout } from "./rollout.ts";
import { deliverySettings } from "./settings.ts";
import { rolloutSummary } from "./summaries.ts";

/** A release that somebody wants. */
export interface ReleaseAsk {
  /** As it was written. */
  readonly release: Readonly<Record<string, unknown>>;
  readonly inherit: boolean;
  readonly strategy?: Strategy | "flink-blue-green";
  readonly count?: number;
  readonly by: string;
  readonly why: string;
}

/** What was said about it: the sentence of the last thing that the decision has looked at. */
const saidOf = ({ record, reason }: RunResult<string>): string =>
  record?.trace.findLast(({ kind }) => kind !== "input")?.text ?? String(reason ?? "nothing was decided");

/** What came of somebody's word: the word itself, with who and why, and what was done at once because of it. */
function answerOf(result: RunResult<string>, command: RolloutCommandName): string {
  const [last, trace] = [saidOf(result), result.record?.trace ?? []];
  const word = trace.find(({ kind, rule }) => rule === command || kind === "vetoed")?.text;
  return word === undefined || word === last ? last : `${word}; ${last}`;
}

/** @throws HeadgateError where another worker has the rollout, or the machine says no */
function refuse(result: RunResult<RolloutReason>): void {
  const { status, reason } = result;
  if (status === "busy" || status === "conflict")
    throw new HeadgateError("rollout.conflict", "the rollout is being worked on right now; ask again", {
      retryable: true,
    });
  if (!reason?.startsWith("refused_")) return;
  const code = reason === "refused_nothing_under_way" ? "rollout.unknown" : "rollout.conflict";
  throw new HeadgateError(code, saidOf(result));
}

async function describe(runtime: Runtime, settings: Awaited<ReturnType<typeof deliverySettings>>) {
  if (!runtime.releases)
    throw new HeadgateError("releases.unavailable", "nothing can be rolled out here: delivery is not switched on");
  return runtime.releases.describe(settings.target);
}

/**
 * Begins to roll out a version. What becomes of it is told by the service's delivery: no request waits for it.
 *
 * @throws HeadgateError `input.invalid`, `rollout.conflict`, `releases.unavailable`; those of store and journal
 */
export async function releaseView(
  runtime: Runtime,
  tenant: string,
  service: string,
  asked: ReleaseAsk,
): Promise<ReleaseStartedView> {
  const settings = await deliverySettings(runtime, tenant, service);
  const strategy = asked.strategy ?? settings.delivery.strategy;
  if (strategy === "flink-blue-green") {
    const { releaseFlink } = await import("./flink-work.ts");
    return releaseFlink(runtime, tenant, settings, asked);
  }
  const status: ReleasesStatus | undefined = await describe(runtime, settings);
  const release = readRelease(asked.release, status, asked.inherit);
  if (!settings.known && (status?.versions.length ?? 0) === 0 && !release.image && !release.command?.length)
    throw new HeadgateError(
      "input.invalid",
      `there is no service ${JSON.stringify(service)}; the release of a new one needs an image, or a command`,
    );
  const { count, by, why } = asked;
  const start: RolloutStart = {
    kind: "start",
    id: timeId("rol", Math.floor(runtime.now()), runtime.random),
    release,
    strategy,
    by,
    why,
    ...(count === undefined ? {} : { count }),
  };
  const trigger = { type: "api", detail: why === "" ? by : `${by}: ${why}` } as const;
  const result = await runRollout(runtime, tenant, settings, trigger, start);
  refuse(result);
  const { record, recorded, reason = "" } = result;
  const current = record && rolloutState({ state: record.stateAfter } as never)?.current;
  return {
    clock: clockOf(runtime),
    service,
    ...(current ? { rollout: current.id } : {}),
    version: release.version,
    // A new service, or one that nothing divides, is rolled out all at once.
    strategy: current?.strategy ?? strategy,
    reason,
    text: saidOf(result),
    follow: `/api/v1/delivery/${encodeURIComponent(service)}`,
    warnings: [],
    ...(record && recorded ? { decision: summaryOf(record) } : {}),
  };
}

/** Whether a word is about the service's Flink job: its rollout is under way, or no other one is and it is how the service is released. */
async function flinkIsMeant(
  runtime: Runtime,
  tenant: string,
  { service, delivery }: Awaited<ReturnType<typeof deliverySettings>>,
): Promise<boolean> {
  const { flinkKey, flinkStateOf } = await import("./flink-rollout.ts");
  if (flinkStateOf(await runtime.store.load(flinkKey(tenant, service)))?.current) return true;
  const other = rolloutState(await runtime.store.load(rolloutKey(tenant, service)))?.current;
  return !other && delivery.strategy === "flink-blue-green";
}

export interface CommandAsk {
  readonly command: RolloutCommandName;
  readonly id?: string;
  readonly by: string;
  readonly why: string;
}

/**
 * What a person says to the rollout that is under way.
 *
 * @throws HeadgateError `service.unknown`, `rollout.unknown`, `rollout.conflict`; those of store and journal
 */
export async function commandView(
  runtime: Runtime,
  tenant: string,
  service: string,
  asked: CommandAsk,
): Promise<RolloutCommandedView> {
  const settings = await deliverySettings(runtime, tenant, service);
  const { command, by, why } = asked;
  if (settings.delivery.flink && (await flinkIsMeant(runtime, tenant, settings))) {
    const { commandFlink } = await import("./flink-work.ts");
    return commandFlink(runtime, tenant, settings, asked);
  }
  const trigger = { type: "api", detail: `${command} by ${by}${why === "" ? "" : `: ${why}`}` } as const;
  const result = await runRollout(runtime, tenant, settings, trigger, { kind: "command", ...asked });
  refuse(result);
  const { status, record, recorded, reason = "" } = result;
  const state = record && rolloutState({ state: record.stateAfter } as never);
  const rollout = state?.current ?? state?.ended[0];
  return {
    clock: clockOf(runtime),
    service,
    command,
    status: status === "decided" ? "decided" : "unchanged",
    reason,
    text: answerOf(result, command),
    ...(rollout ? { rollout: rolloutSummary(service, rollout) } : {}),
    ...(record && recorded ? { decision: summaryOf(record) } : {}),
  };
}
