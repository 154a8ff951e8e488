import { formatDuration, iso } from "../../kernel/time.ts";
import type { GateConfig } from "../section.ts";
import { fail, startFault } from "./failures.ts";
import { askHook, type HookPlace } from "./hooks.ts";
import { GATE, gateOf, nextTick, noData } from "./judge.ts";
import { clause, enter, freshOf, goOn, hold, issued, oldOf, type Scene, type Turn, tell } from "./scene.ts";
import { bringShares, sharesAt, sharesText } from "./shares.ts";
import { batchOf, growTo, makeRoom } from "./starting.ts";
import { nextStep, promotionApproval } from "./steps.ts";
import { waysOf } from "./strategies.ts";
import type { Rollout } from "./types.ts";
import { percentOf } from "./ways.ts";

/** A hook in the way of a phase; undefined: it has passed. */
function hooked(scene: Scene, rollout: Rollout, place: HookPlace, name?: string): Turn | undefined {
  const asked = askHook(scene, rollout, place, name);
  if (asked.kind === "failed") return fail(scene, rollout, { reason: "hook_failed", text: asked.text });
  return asked.kind === "turn" ? asked.turn : undefined;
}

/** The new version is healthy and has no traffic: it is asked whether it works. */
export function checking(scene: Scene, rollout: Rollout): Turn {
  const asking = hooked(scene, rollout, "smoke");
  if (asking) return asking;
  const next = nextStep(scene, rollout);
  const { smoke } = rollout.hooks;
  if (!smoke) return next;
  const said = clause("input", "hook", `hook smoke said yes${smoke.detail ? `: ${smoke.detail}` : ""}`);
  return { ...next, trace: [said, ...next.trace] };
}

/** Capacity first, then the share: what gets traffic is ready for it. */
export function shifting(scene: Scene, rollout: Rollout): Turn {
  const { now, config } = scene;
  const { step, steps, release } = rollout;
  // What the old version is about to lose is taken over by what the new one has already.
  const room = makeRoom(
    scene,
    rollout,
    step === 0 ? 0 : percentOf({ ...rollout.batch, want: batchOf(scene, rollout, step - 1).want }),
  );
  if (room) return room;
  const fresh = freshOf(scene, rollout);
  const want = rollout.batch?.want ?? 1;
  if (!fresh || fresh.desired < want || fresh.ready < want) {
    const fault = startFault(scene, rollout);
    return fault ? fail(scene, rollout, fault) : growTo(scene, rollout, want);
  }
  const hook =
    step === 0 ? hooked(scene, rollout, "beforeTraffic") : hooked(scene, rollout, "beforeStep", `beforeStep:${step}`);
  if (hook) return hook;
  const percent = steps[step]?.percent ?? 100;
  const shares = bringShares(scene, rollout, percent, "held_shares");
  if (shares.kind === "late")
    return fail(scene, rollout, {
      reason: "shares_not_served",
      text: `${shares.text}; not so within ${formatDuration(config.delivery.verify)}`,
    });
  if (shares.kind === "turn") return shares.turn;
  const gated = gateOf(config, rollout) !== undefined;
  const from = nextTick(now, config.delivery.every);
  const begins = gated && rollout.gateFrom === undefined ? { gateFrom: from, judgedUntil: from } : {};
  const served = rollout.divides ? sharesAt(rollout, percent) : undefined;
  const judged: Rollout = {
    ...enter(shares.rollout, "judging", now),
    ...begins,
    ...(served ? { served, verifiedAt: now } : {}),
  };
  const text = served ? `served as wanted: ${sharesText(served)}` : `${release.version} has its ${want} instances`;
  return goOn(judged, "shares_verified", "verified", text, served ? { served } : {});
}

/**
 * Whether the time of a step, or of the bake, is over, with all that was served in it judged; else what it waits for.
 *
 * @param forMs the time; 0: there is nothing to wait for
 */
function waited(scene: Scene, rollout: Rollout, forMs: number, baking: boolean): Turn | undefined {
  const { now, config } = scene;
  const { delivery } = config;
  const { since, waived, verdict, judgedUntil } = rollout;
  if (forMs === 0 || waived || (rollout.promoting && !baking)) return undefined;
  const held = baking ? "held_baking" : "held_judging";
  const end = since + forMs;
  const gate = delivery.gate;
  const gated = gate !== "off" && gateOf(config, rollout) !== undefined;
  const left = `${formatDuration(Math.max(0, end - now))} left`;
  if (!gated) return now >= end ? undefined : hold(scene, rollout, held, `${left}; nothing is judged`);
  const seen = judgedUntil !== undefined && judgedUntil > nextTick(since, delivery.every);
  const early = gate.passEarly && verdict?.verdict === "pass" && seen;
  const said = verdict ? `${verdict.verdict}: ${verdict.text}` : "nothing is judged yet";
  if (now < end && !early) return hold(scene, rollout, held, `${left}; ${said}`);
  // What was served up to the end has to be judged, however late counts are.
  const due = Math.floor(end / delivery.every) * delivery.every;
  if (!early && (judgedUntil === undefined || judgedUntil < due))
    return hold(scene, rollout, held, `counts up to ${iso(due)} are awaited; ${said}`, { patienceMs: delivery.verify });
  return missing(scene, rollout, gate, said);
}

/** What becomes of a step whose counts show too little, as the configuration has it; undefined: it goes on. */
function missing(scene: Scene, rollout: Rollout, gate: GateConfig, said: string): Turn | undefined {
  const { verdict, approved, step } = rollout;
  if (Object.hasOwn(approved, `counts:${step}`)) return undefined;
  const insufficient = verdict?.verdict === "insufficient";
  if (insufficient && gate.insufficient === "fail")
    return fail(scene, rollout, { reason: "gate_insufficient", text: verdict.text });
  if (insufficient && gate.insufficient === "pause") {
    const text = `${verdict.text}; a person has to say whether it goes on`;
    const paused = { ...rollout, paused: { by: GATE, why: text, at: scene.now } };
    return {
      ...issued(scene, paused, [tell(scene, paused, "approval_needed", text)]),
      reason: "paused",
      trace: [clause("held", "insufficient", text)],
    };
  }
  const patience = { patienceMs: scene.config.delivery.verify };
  if (noData(rollout))
    return hold(
      scene,
      rollout,
      "held_insufficient",
      `it does not go on without data, unless a person says skip or promote: ${said}`,
      patience,
    );
  return insufficient && gate.insufficient === "hold"
    ? hold(scene, rollout, "held_insufficient", said, patience)
    : undefined;
}

/** Nothing goes forward onto a version that would be alone without anybody's word, where the old one has vanished. */
function lostOld(scene: Scene, rollout: Rollout): Turn | undefined {
  const { from, batch, promoting, steps, step } = rollout;
  // With all the traffic on the new one, and where nothing is judged, there is nothing that the old one is needed for.
  const judged = waysOf(rollout).judgedMs(scene.config.delivery) !== undefined;
  const needed = judged && batch?.keep !== 0 && (steps[step]?.percent ?? 0) < 100;
  if (from === undefined || promoting || !needed) return undefined;
  const old = oldOf(scene, rollout);
  if ((old?.ready ?? 0) > 0) return undefined;
  const text = `${from} has no instance that is ready${old?.trouble ? ` (${old.trouble})` : ""}: there is nothing to go back to; promote goes on, if that is meant`;
  return hold(scene, rollout, "held_old_version_gone", text, { patienceMs: 2 * scene.config.delivery.poll });
}

/** Shares are the rollout's own while it is under way: what another hand has set meanwhile is set back, and nothing moves on before. */
function drifted(scene: Scene, rollout: Rollout, percent: number): Turn | undefined {
  if (scene.look.shares === undefined) return undefined;
  const shares = bringShares(scene, rollout, percent, "held_shares");
  return shares.kind === "in_force" ? undefined : shares.turn;
}

/** It has its share, and is judged for the time of the step. */
export function judging(scene: Scene, rollout: Rollout): Turn {
  const { steps, step } = rollout;
  const drift = drifted(scene, rollout, steps[step]?.percent ?? 100);
  if (drift) return drift;
  return waited(scene, rollout, steps[step]?.forMs ?? 0, false) ?? lostOld(scene, rollout) ?? nextStep(scene, rollout);
}

/** It has everything, and the old version is kept. */
export function baking(scene: Scene, rollout: Rollout): Turn {
  const bakeMs = rollout.from === undefined ? 0 : waysOf(rollout).bakeMs(scene.config.delivery);
  // A rolling update leaves its last batch to the old version until the bake is over.
  const drift = bakeMs > 0 ? drifted(scene, rollout, rollout.steps[rollout.step]?.percent ?? 100) : undefined;
  if (drift) return drift;
  return waited(scene, rollout, bakeMs, true) ?? promotionApproval(scene, rollout) ?? release(scene, rollout);
}

/** It waits for a person. */
export function approval(scene: Scene, rollout: Rollout): Turn {
  const { steps, step, approved, promoting } = rollout;
  const drift = drifted(scene, rollout, steps[step]?.percent ?? 100);
  if (drift) return drift;
  const promotion = step >= steps.length - 1;
  const key = promotion ? "promote" : String(step + 1);
  if (promoting || Object.hasOwn(approved, key))
    return promotion ? release(scene, rollout) : (lostOld(scene, rollout) ?? nextStep(scene, rollout));
  const text = promotion
    ? `a person has to approve that ${rollout.from} goes`
    : `a person has to approve ${steps[step + 1]?.percent} %`;
  return hold(scene, rollout, "held_approval", text);
}

/** The last hook, and the old version goes. */
function release(scene: Scene, rollout: Rollout): Turn {
  const hook = rollout.from === undefined ? undefined : hooked(scene, rollout, "beforePromotion");
  if (hook) return hook;
  const text = `${rollout.release.version} becomes the service${rollout.from === undefined ? "" : `, ${rollout.from} goes`}`;
  return goOn(enter(rollout, "retiring", scene.now), "retiring", "promotion", text);
}
