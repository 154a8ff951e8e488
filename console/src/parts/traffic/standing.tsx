import { Icon } from "../../icons.tsx";
import type { Standing } from "../../traffic-words.ts";

/** How something stands, as shape, word and only then colour. */
export function StandingMark({ standing, title }: { standing: Standing; title?: string | undefined }) {
  const { tone, icon, word } = standing;
  return (
    <span class={`health standing-${tone}`} title={title}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}
