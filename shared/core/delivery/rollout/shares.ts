import type { Scene, Turn } from "./scene.ts";
import { ask, base, hold } from "./scene.ts";
import type { Rollout, RolloutReason } from "./types.ts";

/** Percentage points within which shares are the same: load balancers know whole parts only. */
const SAME_POINTS = 0.5;

type Shares = Readonly<Record<string, number>>;

const own = (shares: Shares, name: string): number => (Object.hasOwn(shares, name) ? (shares[name] ?? 0) : 0);

/** Percent for both versions, together 100; everything is the new one's where there is no old one. */
export function sharesAt({ from, release }: Rollout, percent: number): Shares {
  const fresh = Math.round(Math.min(100, Math.max(0, percent)) * 100) / 100;
  if (from === undefined) return { [release.version]: 100 };
  return { [from]: Math.round((100 - fresh) * 100) / 100, [release.version]: fresh };
}

/** Whether what is served is what is wanted. Something is never the same as nothing, however little it is. */
export function inForce(served: Shares, wanted: Shares): boolean {
  const total = Object.values(served).reduce((sum, share) => sum + share, 0);
  if (!(total > 0)) return false;
  const names = new Set([...Object.keys(served), ...Object.keys(wanted)]);
  return [...names].every((name) => {
    const [is, should] = [(100 * own(served, name)) / total, own(wanted, name)];
    return is > 0 === should > 0 && Math.abs(is - should) <= SAME_POINTS;
  });
}

/** "v1 95 %, v2 5 %", in the order of the names: it is compared, and stores give members back in an order of their own. */
export const sharesText = (shares: Shares): string =>
  Object.entries(shares)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, share]) => `${name} ${Math.round(share * 100) / 100} %`)
    .join(", ");

/** Percent of the traffic that a version has, as it is served; undefined: it is not known. */
export function servedOf({ look }: Scene, version: string): number | undefined {
  const { shares } = look;
  if (!shares) return undefined;
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return total > 0 ? (100 * own(shares, version)) / total : undefined;
}

/** In force; or what is done about it; or too late: not seen in force within `verify`. */
export type SharesTurn =
  | { readonly kind: "in_force"; readonly rollout: Rollout }
  | { readonly kind: "turn"; readonly turn: Turn }
  | { readonly kind: "late"; readonly turn: Turn; readonly text: string };

/** Looks after which shares are believed that were in force before they were asked for: others may still have been on their way. */
const BELIEVED_POLLS = 2;

/**
 * Brings the new version's share to so many percent: asks for it, absolutely, until it is seen in force. What is seen counts only if it
 * is also what was asked for last; else the last asking may come into force after the look.
 */
export function bringShares(scene: Scene, rollout: Rollout, percent: number, held: RolloutReason): SharesTurn {
  if (!rollout.divides) return { kind: "in_force", rollout };
  const { look, now, config } = scene;
  const { verify, poll } = config.delivery;
  const wanted = sharesAt(rollout, percent);
  const seen = look.shares !== undefined && inForce(look.shares, wanted);
  const last = rollout.asked;
  const same = last !== undefined && sharesText(last.shares) === sharesText(wanted);
  if (seen && (last === undefined || same) && (!last?.blind || now - last.at >= BELIEVED_POLLS * poll))
    return { kind: "in_force", rollout };
  const asked = same ? last : { shares: wanted, at: now, ...(seen ? { blind: true as const } : {}) };
  const next = same ? rollout : { ...rollout, asked };
  const served = look.shares ? sharesText(look.shares) : "not readable";
  const text = `shares are to be ${sharesText(wanted)}, and are ${served}`;
  const waiting = () => hold(scene, next, held, text, { patienceMs: verify });
  if (same && seen) return { kind: "turn", turn: waiting() };
  const turn = ask(
    scene,
    next,
    `set_shares:${sharesText(wanted)}`,
    [{ ...base(scene, next), type: "set_shares", shares: wanted }],
    {
      reason: "shares_set",
      text: `shares are set to ${sharesText(wanted)}`,
      values: { shares: wanted, ...(look.shares ? { served: look.shares } : {}) },
    },
    waiting,
  );
  const late = same && now - Math.max(asked.at, rollout.since) >= verify;
  return late ? { kind: "late", turn, text } : { kind: "turn", turn };
}
