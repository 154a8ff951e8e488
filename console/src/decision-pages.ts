import { type DecisionFilters, getDecisions } from "./api.ts";
import { useCursorPages } from "./cursor-pages.ts";

const PAGE = 50;

/** Decisions by pages: the newest page is kept live, older ones are added by cursor. */
export const useDecisionPages = (filters: DecisionFilters) =>
  useCursorPages(
    `decisions ${JSON.stringify(filters)}`,
    (cursor, signal) => getDecisions({ ...filters, limit: PAGE, cursor }, signal),
    (item) => item.id,
  );
