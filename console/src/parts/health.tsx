import type { ServiceSummary } from "../../../functions/api/views.ts";
import { Icon } from "../icons.tsx";

const WORDS = { ok: "healthy", degraded: "degraded", failing: "failing", unknown: "not known" } as const;

/** Health as shape, word and only then colour. */
export function Health({ health }: { health: ServiceSummary["health"] }) {
  return (
    <span class={`health health-${health}`}>
      <Icon name={health} size={14} />
      {WORDS[health]}
    </span>
  );
}
