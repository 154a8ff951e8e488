import { formatDuration } from "../../kernel/time.ts";
import type { Setting } from "./types.ts";

const said = ({ name, value }: Setting): string => {
  if (value === undefined) return `${name} back to the default`;
  return name.endsWith(".ms") && /^[1-9]\d{3,14}$/.test(value)
    ? `${name} = ${value} (${formatDuration(Number(value))})`
    : `${name} = ${value}`;
};

/** What settings become, as people read it: "retention.ms = 46800000 (13 h)"; one without a value falls back to the default. */
export const settingsText = (settings: readonly Setting[]): string => settings.map(said).join(", ");
