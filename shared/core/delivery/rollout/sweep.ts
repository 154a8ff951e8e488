import { HOUR_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { base, clause, issued, type Scene } from "./scene.ts";
import { inForce, servedOf, sharesText } from "./shares.ts";
import type { Moved, Rollout, RolloutState } from "./types.ts";

/** Once more after the end it is looked whether anything came late: a call of a worker that died may still have had its effect. */
export const SWEEP_AFTER_MS = 2 * MINUTE_MS;
/** What is seen later than this was started by somebody else. */
const SWEEP_UNTIL_MS = HOUR_MS;

/** The version that had to go. */
const loserOf = ({ phase, from, release }: Rollout): string | undefined =>
  phase === "promoted" ? from : release.version;
const winnerOf = ({ phase, from, release }: Rollout): string | undefined =>
  phase === "promoted" ? release.version : from;

/** When the one more look is due. */
export function sweepDue(state: RolloutState, now: Millis): Millis | undefined {
  const ended = state.ended[0]?.endedAt;
  if (state.current || ended === undefined || ended + SWEEP_AFTER_MS <= now) return undefined;
  return ended + SWEEP_AFTER_MS;
}

/**
 * A version of an ended rollout that had to go and is there again is taken away, once it is served nowhere; it never is the service.
 */
export function sweep(scene: Scene, state: RolloutState): Moved | undefined {
  const { look, now } = scene;
  const stable = look.stable ?? state.stable;
  const late = state.ended.find((one) => {
    const loser = loserOf(one);
    const young = now - (one.endedAt ?? now) < SWEEP_UNTIL_MS;
    return young && loser !== undefined && loser !== stable && look.versions?.some(({ version }) => version === loser);
  });
  if (!late) return undefined;
  const [loser, winner] = [loserOf(late), winnerOf(late)];
  if (loser === undefined || (winner !== undefined && winner !== stable)) return undefined;
  const wanted = winner === undefined ? undefined : { [winner]: 100, [loser]: 0 };
  const served = late.divides ? servedOf(scene, loser) : 0;
  if (late.divides && wanted && (served === undefined || served > 0 || !inForce(look.shares ?? {}, wanted)))
    return {
      ...issued(scene, late, [{ ...base(scene, late), type: "set_shares", shares: wanted }]),
      reason: "shares_set",
      trace: [
        clause("changed", "sweep", `${loser} is there again after the end: shares are set to ${sharesText(wanted)}`),
      ],
    };
  return {
    ...issued(scene, late, [{ ...base(scene, late), type: "remove_version", version: loser }]),
    reason: "cleaning",
    trace: [clause("changed", "sweep", `${loser} is there again after the end: it is taken away`)],
  };
}
