import { usePlace } from "./router.ts";

/** Time ranges every chart of a page shares. Virtual time where the clock is. */
export const RANGES: readonly { readonly id: string; readonly label: string; readonly ms: number }[] = [
  { id: "30m", label: "30 min", ms: 30 * 60_000 },
  { id: "1h", label: "1 h", ms: 3_600_000 },
  { id: "3h", label: "3 h", ms: 3 * 3_600_000 },
  { id: "12h", label: "12 h", ms: 12 * 3_600_000 },
  { id: "1d", label: "1 day", ms: 86_400_000 },
  { id: "7d", label: "7 days", ms: 7 * 86_400_000 },
];

const DEFAULT_RANGE = "3h";
/** Who looks for what was told looks further back. */
const HISTORY_RANGE = "7d";

/** The range named in the address; an unknown name reads as the default one. */
export function useRange(): { readonly id: string; readonly label: string; readonly ms: number } {
  const { path, query } = usePlace();
  const wanted = query.get("range") ?? (path === "/alerts/history" ? HISTORY_RANGE : DEFAULT_RANGE);
  const fallback = { id: DEFAULT_RANGE, label: "3 h", ms: 3 * 3_600_000 };
  return RANGES.find((range) => range.id === wanted) ?? fallback;
}
