import type { DeliveryServiceSummary, RolloutCommandView } from "../../../../functions/api/views-delivery.ts";
import type { GateView } from "../../../../functions/api/views-gates.ts";
import { failedLately, goesBack, outcomeText, phaseText, SYSTEMS, waitsForPerson } from "../../delivery-words.ts";
import { told } from "../../format.ts";
import { deliveryLink, pageLink } from "../../router.ts";
import type { Line } from "../needs.tsx";
import { Ago } from "../time.tsx";
import { GateButtons } from "./gate-list.tsx";
import { RolloutButtons } from "./rollout-buttons.tsx";

/** Rollouts that a person has to see to: those that wait, those that go back, those that failed lately; and gates that ask. */
export function releaseLines(
  items: readonly DeliveryServiceSummary[],
  gates: readonly GateView[],
  now: number,
): readonly Line[] {
  const found = items.flatMap((one): readonly Line[] => {
    const { current, last } = one;
    if (current && waitsForPerson(current)) return [waiting(one, current)];
    if (current && goesBack(current)) return [line(one, current, "going back", 0.4)];
    return last && failedLately(one, now) ? [line(one, last, "rolled back", 1.2)] : [];
  });
  return [...found, ...gates.flatMap((gate) => (gate.waitsSince === undefined ? [] : [asking(gate, gate.waitsSince)]))];
}

type Summary = NonNullable<DeliveryServiceSummary["current"]>;

function line({ service }: DeliveryServiceSummary, rollout: Summary, word: string, rank: number): Line {
  return {
    key: `release ${service}`,
    rank,
    tone: rank < 1 ? "failing" : "degraded",
    icon: "delivery",
    word,
    text: (
      <>
        <a href={deliveryLink(service)}>
          <bdi>{service}</bdi>
        </a>
        {"\u2002"}
        <bdi>
          {rollout.version}: {told(outcomeText(rollout))}
        </bdi>
        , <Ago at={rollout.endedAt ?? rollout.since} />
      </>
    ),
    acts: null,
  };
}

function waiting(one: DeliveryServiceSummary, rollout: Summary): Line {
  const approval = rollout.phase === "approval" && rollout.paused === undefined;
  const commands: readonly RolloutCommandView[] = approval ? ["approve", "abort"] : ["resume", "abort"];
  return {
    key: `release ${one.service}`,
    rank: approval ? 0.9 : 2.5,
    tone: approval ? "degraded" : "held",
    icon: "delivery",
    word: approval ? "approval" : "paused",
    text: (
      <>
        <a href={deliveryLink(one.service)}>
          <bdi>{one.service}</bdi>
        </a>
        {"\u2002"}
        <bdi>
          {rollout.version}: {phaseText(rollout)}
          {rollout.paused &&
            ` (by ${rollout.paused.by}${rollout.paused.why === "" ? "" : `: ${told(rollout.paused.why)}`})`}
        </bdi>
        , <Ago at={rollout.paused?.at ?? rollout.since} />
      </>
    ),
    acts: <RolloutButtons rollout={rollout} commands={commands} bakeMs={undefined} />,
  };
}

function asking(gate: GateView, since: number): Line {
  return {
    key: `gate ${gate.system}/${gate.id}`,
    rank: 0.9,
    tone: "degraded",
    icon: "delivery",
    word: "approval",
    text: (
      <>
        <a href={pageLink("/delivery")}>{SYSTEMS[gate.system]}</a>
        {"\u2002"}
        <bdi>{gate.id}</bdi> waits for a person, <Ago at={since} />
      </>
    ),
    acts: <GateButtons gate={gate} />,
  };
}
