import { type Fault, fail, startFault } from "./failures.ts";
import { ask, base, enter, freshOf, goOn, hold, oldOf, type Scene, type Turn } from "./scene.ts";
import { bringShares } from "./shares.ts";
import { waysOf } from "./strategies.ts";
import type { Rollout } from "./types.ts";

const notServed = (text: string): Fault => ({ reason: "shares_not_served", text: `${text}, for too long` });

/** Instances of a step, as they are wanted when it begins. */
export function batchOf(scene: Scene, rollout: Rollout, step: number): NonNullable<Rollout["batch"]> {
  const serving = oldOf(scene, rollout)?.desired ?? 0;
  const percent = rollout.steps[step]?.percent ?? 100;
  return waysOf(rollout).batch(scene.config.delivery, rollout.size, percent, step, serving);
}

/**
 * The old version loses the instances that this step takes from it, after traffic has been moved to what is left.
 *
 * @param percent of the traffic that the new version has meanwhile
 */
export function makeRoom(scene: Scene, rollout: Rollout, percent: number): Turn | undefined {
  const { batch, from } = rollout;
  const old = oldOf(scene, rollout);
  if (!waysOf(rollout).shrinks || !batch || from === undefined || !old || old.desired <= batch.keep) return undefined;
  const shares = bringShares(scene, rollout, percent, "held_shares");
  if (shares.kind === "late") return fail(scene, rollout, notServed(shares.text));
  if (shares.kind === "turn") return shares.turn;
  const text = `${from} goes from ${old.desired} to ${batch.keep} instances`;
  return ask(
    scene,
    shares.rollout,
    `resize_version:${from}:${batch.keep}`,
    [{ ...base(scene, rollout), type: "resize_version", version: from, count: batch.keep }],
    { reason: "batch_begun", text, values: { keep: batch.keep } },
    () => hold(scene, shares.rollout, "held_starting", `${text}, which takes a moment`),
  );
}

/** The new version comes up beside the old one, which has all the traffic for certain before anything of the new one is there. */
export function starting(scene: Scene, before: Rollout): Turn {
  const { config, now } = scene;
  const ways = waysOf(before);
  if (before.from !== undefined) {
    const shares = bringShares(scene, before, 0, "held_shares");
    if (shares.kind === "late") return fail(scene, before, notServed(shares.text));
    if (shares.kind === "turn") return shares.turn;
  }
  const began = before.batch !== undefined;
  const rollout = began ? before : { ...before, since: now, batch: batchOf(scene, before, 0) };
  const room = makeRoom(scene, rollout, 0);
  if (room) return room;
  const fault = began ? startFault(scene, rollout) : undefined;
  const fresh = freshOf(scene, rollout);
  const want = rollout.batch?.want ?? 1;
  const { release } = rollout;
  if (fresh && fresh.desired >= want && fresh.ready >= want) {
    const { readySince } = rollout;
    if (!ways.readyAtOnce && readySince === undefined)
      return {
        ...hold(
          scene,
          { ...rollout, readySince: now },
          "held_starting",
          `${release.version} is ready; it has to stay so for a look`,
        ),
      };
    if (ways.readyAtOnce || now - (readySince ?? now) >= config.delivery.poll)
      return goOn(
        enter(rollout, "checking", now),
        "version_ready",
        "health",
        `${release.version} has ${fresh.ready} of ${want} instances ready after ${fresh.attempts} checks`,
        {
          attempts: fresh.attempts,
          ready: fresh.ready,
          ...(fresh.responseMs === undefined ? {} : { responseMs: fresh.responseMs }),
        },
      );
    return hold(scene, rollout, "held_starting", `${release.version} is ready; it has to stay so for a look`);
  }
  if (fault) return fail(scene, rollout, fault);
  const { readySince, ...flapped } = rollout;
  const next: Rollout = readySince === undefined ? rollout : flapped;
  return growTo(scene, next, want);
}

/** The new version gets so many instances, or they are waited for. */
export function growTo(scene: Scene, rollout: Rollout, want: number): Turn {
  const { release } = rollout;
  const fresh = freshOf(scene, rollout);
  const waiting = () => {
    const seen = fresh
      ? `${fresh.ready} of ${want} instances of ${release.version} are ready`
      : `${release.version} is not there yet`;
    const why = fresh?.trouble ? `: ${fresh.trouble}` : "";
    const values = fresh ? { ready: fresh.ready, attempts: fresh.attempts, failures: fresh.failures } : {};
    return hold(scene, rollout, "held_starting", `${seen}${why}`, { values });
  };
  if (fresh && fresh.desired >= want) return waiting();
  const text = `${release.version} gets ${want} instance${want === 1 ? "" : "s"}`;
  return ask(
    scene,
    rollout,
    `ensure_version:${want}`,
    [{ ...base(scene, rollout), type: "ensure_version", release, count: want }],
    { reason: "version_ensured", text, values: { count: want } },
    waiting,
  );
}
