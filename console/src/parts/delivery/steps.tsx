import type { RolloutSummaryView } from "../../../../functions/api/views-delivery.ts";
import { percent, type StepMark, stepMark } from "../../delivery-words.ts";
import { clockTime, duration } from "../../format.ts";
import { Icon, type IconName } from "../../icons.tsx";

const MARKS: Readonly<Record<StepMark, IconName>> = {
  done: "ok",
  "in force": "play",
  next: "arrow",
  "to come": "learning",
  undone: "close",
  "not reached": "learning",
};

/** The plan as it stands: what is done, in force, next, and where a person has to approve. */
export function Steps({
  rollout,
  approved,
  now,
}: {
  rollout: RolloutSummaryView;
  approved: Readonly<Record<string, { readonly by: string; readonly at: number }>>;
  now: number;
}) {
  const { steps } = rollout;
  // One step to everything is no plan to look at.
  if (steps.length < 2) return null;
  return (
    <ol class="steps" aria-label="Steps">
      {steps.map((step, index) => {
        const mark = stepMark(rollout, index);
        const said = approved[String(index)];
        const waits = mark === "next" && rollout.phase === "approval";
        return (
          <li
            key={step.percent}
            class={`step step-${mark.replaceAll(" ", "-")}`}
            aria-current={mark === "in force" ? "step" : undefined}
          >
            <span class="step-share">
              <Icon name={MARKS[mark]} size={14} /> {percent(step.percent)}
            </span>
            <span class="step-mark">{waits ? "waits for approval" : mark}</span>
            <span class="muted">{step.forMs === 0 ? "at once" : `for ${duration(step.forMs)}`}</span>
            {said ? (
              <span class="muted">
                approved by <bdi>{said.by}</bdi>, {clockTime(said.at, now)}
              </span>
            ) : (
              step.approval && !waits && mark !== "done" && <span class="muted">needs approval</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
