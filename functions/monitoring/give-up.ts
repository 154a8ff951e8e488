import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";

/** So many failures in a row, and nobody is asked any more. */
const MOST_FAILURES = 5;

/**
 * A source for one evaluation of many rules: once it has been unavailable several times in a row, the rest of the rules have the same
 * answer at once. Hundreds of rules that wait for a timeout each would outlast the function that evaluates them.
 */
export function givingUp(queries: Queries): Queries {
  let failures = 0;
  let last: HeadgateError | undefined;
  const guarded = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (last && failures >= MOST_FAILURES) throw last;
    try {
      const answer = await ask();
      failures = 0;
      return answer;
    } catch (error) {
      // An expression that is refused tells that somebody answers.
      const away = error instanceof HeadgateError && error.code === "query.unavailable";
      failures = away ? failures + 1 : 0;
      if (away) last = error;
      throw error;
    }
  };
  return {
    ...queries,
    instant: (expr, at) => guarded(() => queries.instant(expr, at)),
    range: (expr, from, to, stepMs) => guarded(() => queries.range(expr, from, to, stepMs)),
  };
}
