import type { DecisionSummary } from "../../../../functions/api/views.ts";
import { getDecisions } from "../../api.ts";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { telling } from "../../telling.ts";
import { DecisionList } from "../decision-list.tsx";
import { Empty, Loading } from "../looks.tsx";

const LISTED = 20;

/** What was decided about a rollout, a flag or a plan of backups: what was done, also where looks without news have come since, and the newest look. */
export function Decided(props: {
  noun?: string;
  subject: string;
  /** The newest of all. */
  latest?: readonly DecisionSummary[];
  caption: string;
  none: string;
}) {
  const { noun = "delivery", subject, latest = [], caption, none } = props;
  const done = useResource(
    `done of ${subject}`,
    (signal) => getDecisions({ noun, subject, acted: "true", limit: LISTED }, signal),
    usePollMs(),
  );
  const all = new Map([...latest, ...(done.value?.items ?? [])].map((one) => [one.id, one]));
  const items = telling([...all.values()].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))).slice(0, LISTED);
  return (
    <section>
      <div class="section-head">
        <h2>What was decided</h2>
        <a href={`/decisions?noun=${noun}&subject=${encodeURIComponent(subject)}`}>Every look</a>
      </div>
      {items.length === 0 && done.loading ? (
        <Loading what="decisions" />
      ) : items.length === 0 ? (
        <Empty title={none} />
      ) : (
        <DecisionList items={items} subject={false} caption={caption} />
      )}
    </section>
  );
}
