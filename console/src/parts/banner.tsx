import { denial } from "../access.ts";
import { clock, useNow } from "../clock.ts";
import { connection } from "../connection.ts";
import { clockTime, duration } from "../format.ts";
import { tryNow } from "../live.ts";
import { useObservable } from "../store.ts";

/** Stale: what is on the page was true then; says since when, and that it is being tried again. */
export function StaleBanner() {
  const state = useObservable(connection);
  const now = useNow();
  if (state.state !== "lost") return null;
  const age = performance.now() - state.since;
  const since = clockTime(now - age * (clock.get()?.speed ?? 1), now);
  return (
    <div class="banner banner-stale" role="alert">
      <p>
        <strong>The API does not answer since {since}</strong> ({duration(Math.max(1000, age))}). What you see is what
        was known then; it comes back by itself.
      </p>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </div>
  );
}

/** Something was asked for that this key may not do, while the rest of the page is fine. */
export function DeniedBanner() {
  const refused = useObservable(denial);
  if (refused?.status !== 403) return null;
  return (
    <div class="banner banner-denied" role="alert">
      <p>
        <strong>Not allowed.</strong> {refused.detail}
      </p>
      <button type="button" onClick={() => denial.set(undefined)}>
        Close
      </button>
    </div>
  );
}
