import type { AlertView, RuleView } from "../../../functions/api/views-monitoring.ts";
import { Icon, type IconName } from "../icons.tsx";

type State = AlertView["state"] | RuleView["state"];

const SHAPES: Readonly<Record<State, readonly [word: string, icon: IconName]>> = {
  firing: ["firing", "failing"],
  pending: ["pending", "pending"],
  resolved: ["resolved", "ok"],
  inactive: ["inactive", "ok"],
  unknown: ["not known", "unknown"],
};

/** State of an alert or a rule as shape, word and only then colour. */
export function AlertState({ state }: { state: State }) {
  const [word, icon] = SHAPES[state];
  return (
    <span class={`health alert-state-${state}`}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}
