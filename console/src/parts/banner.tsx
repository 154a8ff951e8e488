import { accessKey, denial } from "../access.ts";
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
        <strong>The API does not answer since {since}</strong> ({duration(Math.max(1000, age))}). What you see is what was known then;
        it comes back by itself.
      </p>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </div>
  );
}

/** A key that is no longer good while there is still something to look at. */
export function DeniedBanner() {
  const refused = useObservable(denial);
  const key = useObservable(accessKey);
  if (refused === undefined || key === "") return null;
  return (
    <div class="banner banner-denied" role="alert">
      <p>
        <strong>{refused.status === 403 ? "Not allowed." : "The access key is not accepted."}</strong> {refused.detail}
      </p>
      <button
        type="button"
        onClick={() => {
          denial.set(undefined);
          if (refused.status === 401) accessKey.set("");
        }}
      >
        {refused.status === 403 ? "Close" : "Use another key"}
      </button>
    </div>
  );
}
