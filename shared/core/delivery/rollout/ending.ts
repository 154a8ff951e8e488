import { ask, base, clause, enter, freshOf, goOn, hold, issued, oldOf, type Scene, type Turn, tell } from "./scene.ts";
import { bringShares, servedOf } from "./shares.ts";
import { waysOf } from "./strategies.ts";
import type { Rollout } from "./types.ts";

/** What has to go is asked to, and waited for until nothing of it is seen. Undefined: it is gone. */
function takeAway(
  scene: Scene,
  rollout: Rollout,
  version: string,
  held: "held_retiring" | "held_cleaning",
): Turn | undefined {
  const there = scene.look.versions?.find((one) => one.version === version);
  if (!there) return undefined;
  const { verify } = scene.config.delivery;
  return ask(
    scene,
    { ...rollout, removal: true },
    `remove_version:${version}`,
    [{ ...base(scene, rollout), type: "remove_version", version }],
    {
      reason: held === "held_retiring" ? "retiring" : "cleaning",
      text: `${version} is taken away, ${there.running} of its instances run`,
    },
    () => hold(scene, rollout, held, `${version} still has ${there.running} instances`, { patienceMs: verify }),
  );
}

/** Makes a version the service, and writes it into the registry. Undefined: it is the service. */
function adopt(
  scene: Scene,
  rollout: Rollout,
  version: string,
  held: "held_retiring" | "held_returning",
): Turn | undefined {
  const { stable } = scene.look;
  if (stable === version) return undefined;
  return ask(
    scene,
    // Once the one service is another version by name, nothing knows the way back.
    rollout.inPlace && held === "held_retiring" ? { ...rollout, removal: true } : rollout,
    `adopt_version:${version}`,
    [
      { ...base(scene, rollout), type: "adopt_version", version },
      { ...base(scene, rollout), type: "register", version },
    ],
    {
      reason: held === "held_retiring" ? "retiring" : "rollback_begun",
      text: `${version} becomes the service${stable === undefined ? "" : ` instead of ${stable}`}`,
    },
    () =>
      hold(scene, rollout, held, `${version} is not known as the service yet`, {
        patienceMs: scene.config.delivery.verify,
      }),
  );
}

/** Over: shares go back to the configuration, and people are told. */
function end(
  scene: Scene,
  rollout: Rollout,
  phase: "promoted" | "rolled_back",
  left: string | undefined,
  text: string,
): Turn {
  const { now } = scene;
  const { stuck, tried, asked, ...rest } = rollout;
  const over: Rollout = { ...rest, phase, since: now, endedAt: now };
  const shares =
    over.divides && left !== undefined
      ? [{ ...base(scene, over), type: "release_shares" as const, version: left }]
      : [];
  const reason = phase === "rolled_back" ? "rolled_back" : over.strategy === "all-at-once" ? "deployed" : "promoted";
  const seen = freshOf(scene, over);
  return {
    ...issued(scene, over, [...shares, tell(scene, over, phase, `${scene.config.service}: ${text}`)]),
    reason,
    trace: [
      clause("chosen", phase.replaceAll("_", "-"), text, {
        version: over.release.version,
        ...(over.from === undefined ? {} : { from: over.from }),
        ...(seen ? { attempts: seen.attempts } : {}),
        ...(seen?.responseMs === undefined ? {} : { responseMs: seen.responseMs }),
        ...(over.failure ? { failure: over.failure.reason } : {}),
        ...(over.failure?.attempts === undefined ? {} : { attempts: over.failure.attempts }),
        ...(over.failure?.logs ? { logs: over.failure.logs } : {}),
      }),
    ],
  };
}

/** The new version is made the service; it is served alone for certain; only then the old one is taken away. */
export function retiring(scene: Scene, rollout: Rollout): Turn {
  const { release, from } = rollout;
  const { version } = release;
  const adopting = adopt(scene, rollout, version, "held_retiring");
  if (adopting) return adopting;
  let next = rollout;
  if (from !== undefined) {
    const shares = bringShares(scene, rollout, 100, "held_retiring");
    if (shares.kind !== "in_force") return shares.turn;
    next = shares.rollout;
    const going = takeAway(scene, next, from, "held_retiring");
    if (going) return going;
  }
  return end(
    scene,
    next,
    "promoted",
    version,
    `${version} is the service${from === undefined ? "" : `, ${from} is gone`}`,
  );
}

/** Traffic goes back as far as the old version can take it; its instances come back first where it has lost some. */
export function returning(scene: Scene, rollout: Rollout): Turn {
  const { from, size, release } = rollout;
  const { delivery } = scene.config;
  const { verify: patienceMs } = delivery;
  const clean = (next: Rollout) =>
    goOn(enter(next, "cleaning", scene.now), "cleaning", "returned", `${release.version} has no traffic any more`);
  if (from === undefined || rollout.inPlace) return clean(rollout);
  const old = oldOf(scene, rollout);
  const ready = old?.ready ?? 0;
  const { shrinks } = waysOf(rollout);
  const wanted = shrinks ? size : Math.min(size, Math.max(1, old?.desired ?? 0));
  const needed = shrinks ? Math.max(1, Math.ceil((size * delivery.minHealthy) / 100)) : 1;
  // Nobody is sent to nobody: unless the new version serves nothing either, and the old one had the time of a start to come back.
  const late = scene.now - rollout.since >= delivery.timeout && (old?.desired ?? 0) > 0;
  const lost = late && (freshOf(scene, rollout)?.ready ?? 0) === 0;
  const able = lost || ready >= needed ? 100 : Math.floor((100 * ready) / Math.max(1, size));
  const has = servedOf(scene, release.version);
  const percent = Math.min(has ?? 100, 100 - able);
  const shares = able > 0 ? bringShares(scene, rollout, percent, "held_returning") : undefined;
  const next = shares?.kind === "in_force" ? shares.rollout : rollout;
  // Shares and instances are both on their way: neither waits for the other.
  if (shares && shares.kind !== "in_force" && !shares.turn.held) return shares.turn;
  if (!old || old.desired < wanted) {
    const count = old ? wanted : size;
    const turn = ask(
      scene,
      next,
      `resize_version:${from}:${count}`,
      [{ ...base(scene, next), type: "resize_version", version: from, count }],
      { reason: "rollback_begun", text: `${from} gets ${count} instances again` },
      () => hold(scene, next, "held_returning", `${from} gets ${count} instances again`, { patienceMs }),
    );
    if (!turn.held || able < 100) return turn;
  }
  if (able < 100)
    return hold(
      scene,
      next,
      "held_returning",
      `${from} has ${ready} of ${needed} instances ready, so ${release.version} is not taken away`,
      {
        patienceMs,
      },
    );
  if (shares && shares.kind !== "in_force") return shares.turn;
  if (scene.look.stable === release.version) {
    const adopting = adopt(scene, next, from, "held_returning");
    if (adopting) return adopting;
  }
  return clean(next);
}

/** The new version is taken away, once it is served nowhere for certain. */
export function cleaning(scene: Scene, rollout: Rollout): Turn {
  const { release, from, failure } = rollout;
  let next = rollout;
  if (from !== undefined && freshOf(scene, rollout)) {
    const shares = bringShares(scene, rollout, 0, "held_cleaning");
    if (shares.kind !== "in_force") return shares.turn;
    next = shares.rollout;
    if (scene.look.stable === release.version) {
      const adopting = adopt(scene, next, from, "held_returning");
      if (adopting) return adopting;
    }
  }
  const going = takeAway(scene, next, release.version, "held_cleaning");
  if (going) return going;
  const text = `${release.version} is gone${from === undefined ? "" : `, ${from} serves`}${failure ? `: ${failure.text}` : ""}`;
  return end(scene, next, "rolled_back", from, text);
}
