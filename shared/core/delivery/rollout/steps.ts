import { clause, enter, goOn, issued, type Scene, type Turn, tell } from "./scene.ts";
import { batchOf } from "./starting.ts";
import { waysOf } from "./strategies.ts";
import type { Rollout } from "./types.ts";

/** Key of the approval that lets the old version go. */
export const PROMOTION = "promote";

const approvedAt = ({ approved }: Rollout, key: string): boolean => Object.hasOwn(approved, key);

/** It waits for a person; people are told once. */
function askApproval(scene: Scene, rollout: Rollout, text: string): Turn {
  const waiting = enter(rollout, "approval", scene.now);
  return {
    ...issued(scene, waiting, [tell(scene, waiting, "approval_needed", text)]),
    reason: "approval_asked",
    trace: [clause("held", "approval", text)],
  };
}

/** On to the next step, to a person who has to approve it, or into the bake. */
export function nextStep(scene: Scene, rollout: Rollout): Turn {
  const { steps, step, promoting, release } = rollout;
  const last = steps.length - 1;
  const target = promoting ? last : step + 1;
  if (step >= last) {
    const text = `${release.version} has all steps behind it; ${rollout.from ?? "nothing"} is kept through the bake`;
    return goOn(enter(rollout, "baking", scene.now), "bake_begun", "bake", text);
  }
  const { percent = 100, approval = false } = steps[target] ?? {};
  if (approval && !promoting && !approvedAt(rollout, String(target)))
    return askApproval(
      scene,
      rollout,
      `${scene.config.service}: ${release.version} waits for approval before ${percent} %`,
    );
  const begun = { ...enter(rollout, "shifting", scene.now), step: target };
  const batch = batchOf(scene, begun, target);
  const rolls = waysOf(rollout).shrinks;
  const text = rolls
    ? `batch ${target + 1} of ${steps.length}: ${batch.want} instances of ${release.version}, ${batch.keep} of ${rollout.from}`
    : `step ${target + 1} of ${steps.length}: ${percent} % for ${release.version}, with ${batch.want} instance${batch.want === 1 ? "" : "s"}`;
  return goOn({ ...begun, batch }, rolls ? "batch_begun" : "step_begun", "step", text, {
    step: target,
    percent,
    ...batch,
  });
}

/** Whether a person still has to approve that the old version goes; the turn asks once. */
export function promotionApproval(scene: Scene, rollout: Rollout): Turn | undefined {
  const { delivery, service } = scene.config;
  if (!delivery.approval || rollout.from === undefined || approvedAt(rollout, PROMOTION)) return undefined;
  return askApproval(
    scene,
    rollout,
    `${service}: ${rollout.release.version} waits for approval before ${rollout.from} is taken away`,
  );
}
