import { formatDuration } from "../../kernel/time.ts";
import { clause, enter, freshOf, issued, type Scene, type Turn, tell } from "./scene.ts";
import type { Rollout, RolloutFailure, VersionLook } from "./types.ts";

/** Why a rollout cannot go on; `by` where a person says so. */
export interface Fault {
  readonly reason: RolloutFailure;
  readonly text: string;
  readonly by?: string;
}

const trouble = (fresh: VersionLook | undefined): string => (fresh?.trouble ? `: ${fresh.trouble}` : "");

/** Turns back: from here on everything leads to the old version. The next phase goes on with the same look. */
export function fail(scene: Scene, before: Rollout, { reason, text, by }: Fault): Turn {
  const { now } = scene;
  const fresh = freshOf(scene, before);
  const { paused, promoting, unreadySince, batch, ...rest } = enter(before, "returning", now);
  const failure = {
    reason,
    text,
    at: now,
    ...(by === undefined ? {} : { by }),
    ...(fresh?.logs && fresh.logs.length > 0 ? { logs: fresh.logs.slice(-20).map((line) => line.slice(0, 500)) } : {}),
    ...(fresh ? { attempts: fresh.attempts } : {}),
  };
  const failed: Rollout = { ...rest, failure };
  return {
    ...issued(scene, failed, [tell(scene, failed, "failed", text)]),
    reason: "rollback_begun",
    trace: [
      clause("vetoed", reason.replaceAll("_", "-"), text, {
        reason,
        ...(fresh ? { attempts: fresh.attempts } : {}),
        ...(failure.logs ? { logs: failure.logs } : {}),
      }),
    ],
    on: true,
  };
}

/** What ends a rollout wherever it is, in the order in which it is told. */
export function faultOf(scene: Scene, rollout: Rollout): Fault | undefined {
  const { now, look, config } = scene;
  const { verdict, refusal } = rollout;
  if (verdict?.verdict === "fail" && rollout.phase !== "retiring") return { reason: "gate_failed", text: verdict.text };
  if (refusal) return { reason: "refused", text: `${refusal.action.replaceAll("_", " ")} was refused: ${refusal.why}` };
  if (look.alerts && look.alerts.length > 0)
    return { reason: "alert", text: `${look.alerts.join(", ")} fires, which stops a rollout` };
  if (now >= rollout.deadline)
    return { reason: "deadline", text: `not over within ${formatDuration(config.delivery.deadline)}` };
  return undefined;
}

/** Whether the new version cannot come up any more, while it is started or gets more instances. */
export function startFault(scene: Scene, rollout: Rollout): Fault | undefined {
  const { delivery } = scene.config;
  const fresh = freshOf(scene, rollout);
  const name = rollout.release.version;
  const checks = fresh ? `, ${fresh.attempts} checks` : "";
  if (fresh?.hopeless) return { reason: "hopeless_start", text: `${name} cannot start${trouble(fresh)}` };
  if (fresh && fresh.failures >= delivery.maxFailures)
    return { reason: "never_healthy", text: `${name} failed ${fresh.failures} starts${trouble(fresh)}` };
  if (scene.now - rollout.since < delivery.timeout) return undefined;
  return {
    reason: "never_healthy",
    text: `${name} is not healthy after ${formatDuration(delivery.timeout)}${checks}${trouble(fresh)}`,
  };
}

/**
 * Health of a new version that was ready before. None ready at two looks in a row is a failure, and so is fewer than wanted for as long as
 * a start may take; one instance that restarts is not. Where none has failed and some are coming up, whatever runs them was started anew:
 * that has the time of a start as well.
 */
export function watchHealth(scene: Scene, rollout: Rollout): { readonly rollout: Rollout; readonly fault?: Fault } {
  const { delivery } = scene.config;
  const { now } = scene;
  const fresh = freshOf(scene, rollout);
  const name = rollout.release.version;
  const want = rollout.batch?.want ?? 1;
  const ready = fresh?.ready ?? 0;
  if (fresh && fresh.failures >= delivery.maxFailures && ready < want)
    return {
      rollout,
      fault: { reason: "became_unhealthy", text: `${name} failed ${fresh.failures} starts${trouble(fresh)}` },
    };
  // Growing into a step has its own time.
  const enough = ready >= (rollout.phase === "shifting" ? 1 : want);
  const { unreadySince, ...well } = rollout;
  if (enough) return { rollout: unreadySince === undefined ? rollout : well };
  if (unreadySince === undefined) return { rollout: { ...rollout, unreadySince: now } };
  const comingUp = fresh !== undefined && fresh.pending > 0 && fresh.failures === 0;
  const allowed = ready === 0 && !comingUp ? delivery.poll : delivery.timeout;
  if (now - unreadySince < allowed) return { rollout };
  const text = `${name} has ${ready} of ${want} instances ready since ${formatDuration(now - unreadySince)}${trouble(fresh)}`;
  return { rollout, fault: { reason: "became_unhealthy", text } };
}
