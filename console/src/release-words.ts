import type { DeliveryServiceView, DeliveryVersionView, RolloutPlanView } from "../../functions/api/views-delivery.ts";
import { percent, visibleText } from "./delivery-words.ts";
import { duration } from "./format.ts";
import type { Standing } from "./traffic-words.ts";

/** How the instances of a version stand: the worst of it. */
export function versionStanding({ desired, ready, running, pending, trouble }: DeliveryVersionView): Standing {
  if (desired === 0 && running === 0) return { tone: "held", icon: "held", word: "taken away" };
  if (ready >= desired && desired > 0 && trouble === undefined) return { tone: "ok", icon: "ok", word: "healthy" };
  if (ready === 0 && trouble !== undefined) return { tone: "failing", icon: "failing", word: "not healthy" };
  if (ready < desired && trouble === undefined && pending + running > 0)
    return { tone: "held", icon: "pending", word: "comes up" };
  return { tone: "degraded", icon: "degraded", word: trouble === undefined ? "not all ready" : "in trouble" };
}

/** Percent that each version is to have, by the rollout under way; undefined where none is. */
export function wantedShares({ rollout, summary }: DeliveryServiceView): Readonly<Record<string, number>> | undefined {
  const { current } = summary;
  if (!rollout || !current || rollout.id !== current.id) return undefined;
  return rollout.from === undefined
    ? { [rollout.version]: 100 }
    : { [rollout.from]: 100 - rollout.share, [rollout.version]: rollout.share };
}

/** What a release goes through, in sentences. */
export function planText(plan: RolloutPlanView, mode: string): readonly string[] {
  const { steps, bakeMs, leastMs, gate, hooks, visible = [], divides, notes, strategy } = plan;
  const shares = steps.map(
    ({ percent: share, approval }) => `${percent(share)}${approval ? " (a person approves)" : ""}`,
  );
  const first = visible[0];
  return [
    ...(mode === "act" ? [] : [`In mode ${mode} nothing is begun: it is only recorded what would be.`]),
    "The new version is started beside the old one and gets no traffic before it is healthy.",
    ...(hooks.length > 0 ? [`Hooks are asked: ${hooks.join(", ")}.`] : []),
    divides || strategy === "rolling"
      ? `Then ${shares.length > 1 ? `it gets ${shares.join(", ")}` : "it gets everything at once"}${bakeMs > 0 ? `, and the old version is kept for ${duration(bakeMs)}` : ""}: ${duration(leastMs)} at least.`
      : "Nobody divides its traffic between versions: what is up gets requests.",
    gate.rule === "off"
      ? "It is not judged by its answers: only its health counts."
      : `It is judged every ${duration(gate.everyMs)} and goes back by itself when it is worse.`,
    ...(first === undefined
      ? []
      : [
          first.ratio === null
            ? `At ${percent(first.percent)} no ratio of errors could be seen: there is too little traffic.`
            : `At ${percent(first.percent)}, errors would be seen ${visibleText(first.ratio)}.`,
        ]),
    ...notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
  ];
}
