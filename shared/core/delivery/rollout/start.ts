import { type DurationMs, formatDuration } from "../../kernel/time.ts";
import { clause, issued, type Scene, tell } from "./scene.ts";
import { waysOf } from "./strategies.ts";
import type { Moved, Rollout, RolloutReason, RolloutStart, RolloutState, Strategy, VersionLook } from "./types.ts";

/** Slot of ECS services whose tasks ECS replaces itself: there is one of them, so two versions have no counts of their own. */
export const ONLY_SLOT = "only";

/** Why nothing is started, or the rollout that is. */
export type Started =
  | { readonly refused: RolloutReason; readonly text: string }
  | { readonly moved: Moved; readonly notes: readonly string[] };

const refuse = (refused: RolloutReason, text: string): Started => ({ refused, text });

/** The version that serves now: as the adapter knows it, as rollouts know it, or the one with most instances. */
function stableOf({ look }: Scene, state: RolloutState, others: readonly VersionLook[]): VersionLook | undefined {
  const named = look.stable ?? state.stable;
  const known = others.find(({ version }) => version === named);
  if (known) return known;
  return [...others].sort((a, b) => b.ready - a.ready || b.desired - a.desired || (a.version < b.version ? -1 : 1))[0];
}

/** How it is done here: a new service, one that is down and one whose tasks ECS replaces have nothing that traffic could be shared with. */
function effective(
  asked: Strategy,
  from: VersionLook | undefined,
  inPlace: boolean,
): { readonly strategy: Strategy; readonly why?: string } {
  if (asked === "all-at-once") return { strategy: asked };
  const all = (why: string) => ({
    strategy: "all-at-once" as const,
    why: `${why}, so it is started all at once instead of ${asked}`,
  });
  if (!from) return all("the service is new and there is nothing to compare with");
  if (inPlace) return all("its tasks are replaced by ECS itself");
  if (from.ready === 0)
    return all(`${from.version} has no instance that is ready, and nothing can be compared with it`);
  return { strategy: asked };
}

/** Begins a rollout from what is there, or says why not. */
export function start(scene: Scene, state: RolloutState, input: RolloutStart): Started {
  const { config, look, now } = scene;
  const { delivery, service } = config;
  const { release, by, why } = input;
  const { version } = release;
  const { current } = state;
  if (current)
    return refuse(
      "refused_under_way",
      `${current.id} is under way: ${current.release.version}, ${current.phase}; abort it first`,
    );
  const wanted = input.strategy ?? delivery.strategy;
  if (wanted === "flink-blue-green")
    return refuse("refused_not_now", `${service} is a Flink job: it is rolled out by its own blue-green`);
  if (!look.versions)
    return refuse(
      "held_unreadable",
      `what runs could not be read${look.failures ? `: ${look.failures.join("; ")}` : ""}`,
    );
  const own = look.versions.find((one) => one.version === version);
  const from = stableOf(
    scene,
    state,
    look.versions.filter((one) => one !== own),
  );
  if (own && (look.stable === version || (look.stable ?? state.stable) === version || !from))
    return refuse("refused_same_version", `${version} is what ${service} runs already`);
  if (own)
    return refuse(
      "refused_same_version",
      `${version} runs beside ${from?.version} already, with ${own.desired} instances: give the release another version`,
    );
  const inPlace = from?.slot === ONLY_SLOT || Object.keys(delivery.ecs?.slots ?? {}).length === 1;
  const { strategy, why: instead } = effective(wanted, from, inPlace);
  const ways = waysOf({ strategy });
  const size = input.count ?? Math.max(1, from?.desired ?? 1);
  const steps = ways.plan(delivery, size);
  if (
    from &&
    !look.divides &&
    ways.needsShares &&
    (strategy === "blue-green" || steps.some(({ percent }) => percent < 100))
  )
    return refuse(
      "refused_no_shares",
      `nothing divides the traffic of ${service} between versions, which ${strategy} needs: name it under traffic (a gateway, or weights of a load balancer), or take the strategy rolling or all-at-once`,
    );
  const divides = from !== undefined && look.divides && !inPlace;
  const rollout: Rollout = {
    id: input.id,
    strategy,
    release,
    ...(from ? { from: from.version } : {}),
    size,
    steps,
    phase: "starting",
    since: now,
    step: -1,
    startedAt: now,
    deadline: now + delivery.deadline,
    started: { by, why, at: now },
    approved: {},
    hooks: {},
    attempts: 0,
    ...(divides ? { divides: true } : {}),
    ...(from && inPlace ? { inPlace: true } : {}),
  };
  const what = `${version}${from ? ` after ${from.version}` : ""}, ${strategy}, ${size} instance${size === 1 ? "" : "s"}`;
  const text = `${what}, by ${by}${why === "" ? "" : `: ${why}`}`;
  const notes = instead ? [instead] : [];
  return {
    notes,
    moved: {
      ...issued(scene, rollout, [tell(scene, rollout, "started", `${service}: ${text}`)]),
      reason: "started",
      trace: [
        clause("chosen", "started", text, { version, strategy, size }),
        ...notes.map((note) => clause("computed", "strategy", note)),
        clause("computed", "plan", planText(steps, ways.bakeMs(delivery)), { steps: steps as never }),
      ],
    },
  };
}

function planText(steps: Rollout["steps"], bakeMs: DurationMs): string {
  const each = steps.map(
    ({ percent, forMs, approval }) =>
      `${percent} %${forMs > 0 ? ` for ${formatDuration(forMs)}` : ""}${approval ? " after approval" : ""}`,
  );
  return `${each.join(", ")}${bakeMs > 0 ? `, the old version kept for ${formatDuration(bakeMs)}` : ""}`;
}
