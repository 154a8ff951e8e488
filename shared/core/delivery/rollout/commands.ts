import { fail } from "./failures.ts";
import { GATE } from "./judge.ts";
import { clause, enter, goesForward, type Scene, type Turn } from "./scene.ts";
import { PROMOTION } from "./steps.ts";
import type { Rollout, RolloutCommand, RolloutReason, Said } from "./types.ts";

/** What somebody's word changes, or why it cannot be followed. */
export type Commanded = Turn | { readonly refused: RolloutReason; readonly text: string };

const not = (text: string): Commanded => ({ refused: "refused_not_now", text });

/** Follows somebody's word. What it sets going is done by the phases, with the look that came with it or the next one. */
export function command(scene: Scene, rollout: Rollout, { command: name, id, by, why }: RolloutCommand): Commanded {
  const { now } = scene;
  if (id !== undefined && id !== rollout.id)
    return { refused: "refused_other_rollout", text: `${id} is not under way, ${rollout.id} is` };
  const said: Said = { by, why, at: now };
  const because = why === "" ? "" : `: ${why}`;
  const done = (next: Rollout, reason: RolloutReason, text: string): Turn => ({
    rollout: next,
    actions: [],
    reason,
    trace: [clause("chosen", name, `${text}${because}`, { by })],
    on: true,
  });
  if (!goesForward(rollout)) {
    const gone = rollout.phase === "retiring" ? `${rollout.from} is being taken away` : "it is on its way back";
    return not(`${gone}, ${name} comes too late`);
  }
  switch (name) {
    case "abort":
    case "rollback":
      return fail(scene, rollout, { reason: "aborted", text: `${name} by ${by}${because}`, by });
    case "pause":
      if (rollout.phase === "retiring") return not("it is all but over and cannot be paused");
      if (rollout.paused) return not(`it is paused already, by ${rollout.paused.by}`);
      return done({ ...rollout, paused: said }, "paused", `${by} paused it`);
    case "resume":
      if (!rollout.paused) return not("it is not paused");
      return done(resumed(rollout, said), "resumed", `${by} resumed it`);
    case "skip":
      if (rollout.phase !== "judging" && rollout.phase !== "baking")
        return not(`nothing is waited out in the phase ${rollout.phase}`);
      return done({ ...resumed(rollout, said), waived: true }, "skipped", `${by} ended the wait of this step`);
    case "promote":
      return promoted(rollout, said, done);
    case "approve":
      return approved(scene, rollout, said, done);
  }
}

type Done = (next: Rollout, reason: RolloutReason, text: string) => Turn;

/** Time that was left when it was paused is left when it goes on. A word to go on is also one about counts that show too little. */
function resumed(rollout: Rollout, said: Said): Rollout {
  const { paused, ...rest } = rollout;
  if (!paused) return rollout;
  const away = said.at - paused.at;
  const { asked } = rollout;
  const approved = paused.by === GATE ? { ...rollout.approved, [`counts:${rollout.step}`]: said } : rollout.approved;
  return {
    ...rest,
    approved,
    since: Math.min(said.at, rollout.since + away),
    ...(asked ? { asked: { ...asked, at: Math.min(said.at, asked.at + away) } } : {}),
  };
}

function promoted(rollout: Rollout, said: Said, done: Done): Commanded {
  const { phase, step, steps } = rollout;
  if (phase === "retiring") return not("it is being promoted already");
  const next = { ...resumed(rollout, said), promoting: said };
  if (phase === "baking") return done({ ...next, waived: true }, "promotion_ordered", `${said.by} ended the bake`);
  if (phase === "approval" && step >= steps.length - 1)
    return done(
      { ...next, approved: { ...next.approved, [PROMOTION]: said } },
      "promotion_ordered",
      `${said.by} approved that ${rollout.from} goes`,
    );
  return done(next, "promotion_ordered", `${said.by} wants all steps at once`);
}

function approved(scene: Scene, rollout: Rollout, said: Said, done: Done): Commanded {
  const { phase, step, steps, paused } = rollout;
  if (paused?.by === GATE) return done(resumed(rollout, said), "approved", `${said.by} approved going on`);
  if (phase !== "approval") return not(`nothing waits for approval in the phase ${phase}`);
  const key = step >= steps.length - 1 ? PROMOTION : String(step + 1);
  const next = resumed(rollout, said);
  return done(
    { ...enter(next, "approval", scene.now), approved: { ...next.approved, [key]: said } },
    "approved",
    key === PROMOTION
      ? `${said.by} approved that ${rollout.from} goes`
      : `${said.by} approved ${steps[step + 1]?.percent} %`,
  );
}
