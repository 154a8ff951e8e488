import type { MatcherView } from "../../../../functions/api/views-alerting.ts";
import { matcherText } from "../../routed-words.ts";

/** Matchers as a file writes them; all of a set have to hold. */
export function Matchers({ matchers }: { matchers: readonly MatcherView[] }) {
  if (matchers.length === 0) return <span class="muted">everything</span>;
  return (
    <ul class="labels matchers">
      {matchers.map((one) => (
        <li key={matcherText(one)}>
          <code title={matcherText(one)}>
            <bdi>{matcherText(one)}</bdi>
          </code>
        </li>
      ))}
    </ul>
  );
}

/** Sets of matchers, one of which has to hold as a whole. */
export function MatcherSets({ sets }: { sets: readonly (readonly MatcherView[])[] }) {
  return (
    <>
      {sets.map((set, index) => (
        <div key={index}>
          {index > 0 && <span class="muted">or </span>}
          <Matchers matchers={set} />
        </div>
      ))}
    </>
  );
}
