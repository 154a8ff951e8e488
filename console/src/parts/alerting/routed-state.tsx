import type { RoutedAlertState } from "../../../../functions/api/views-alerting.ts";
import { Icon, type IconName } from "../../icons.tsx";

const SHAPES: Readonly<Record<RoutedAlertState, readonly [word: string, icon: IconName]>> = {
  firing: ["firing", "failing"],
  acknowledged: ["acknowledged", "person"],
  suppressed: ["held back", "silenced"],
  resolved: ["resolved", "ok"],
};

export const ROUTED_STATES = Object.entries(SHAPES).map(([state, [word]]) => [state, word] as const);

/** State of an alert that is routed, as shape, word and only then colour. */
export function RoutedState({ state }: { state: RoutedAlertState }) {
  const [word, icon] = SHAPES[state];
  return (
    <span class={`health routed-${state}`}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}
