import type { RuleDetailView, RuleView } from "../../../functions/api/views-monitoring.ts";
import { getRule } from "../api-monitoring.ts";
import { duration } from "../format.ts";
import { AlertList } from "../parts/alert-list.tsx";
import { AlertState } from "../parts/alert-state.tsx";
import { DecisionList } from "../parts/decision-list.tsx";
import { Labels } from "../parts/labels.tsx";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { RuleChart } from "../parts/rule-chart.tsx";
import { RuleHealth } from "../parts/rule-groups.tsx";
import { Ago } from "../parts/time.tsx";
import { usePollMs } from "../poll.ts";
import { useResource } from "../resource.ts";
import { pageLink } from "../router.ts";

const LISTED = 20;

const allOf = (subject: string): string =>
  `${pageLink("/decisions").split("?")[0]}?noun=monitoring&subject=${encodeURIComponent(subject)}`;

/** One rule: what it asks, how it stands, what it looks at over time, and what was decided about it. */
export function Rule({ id }: { id: string }) {
  const { value, failure, reload } = useResource(`rule ${id}`, (signal) => getRule(id, signal), usePollMs());
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/alerts/rules")}>Alerts and rules</a>
      </p>
      {value === undefined ? (
        <>
          <h1 tabIndex={-1}>Rule</h1>
          {failure ? (
            <Failed failure={failure} what="such rule" retry={reload} />
          ) : (
            <Loading what="the rule" rows={8} />
          )}
        </>
      ) : (
        <>
          <h1 tabIndex={-1} class="service-name">
            <bdi>{value.rule.name}</bdi>
          </h1>
          <Standing view={value} />
          {value.rule.kind === "metric-path" ? (
            <p class="muted">This rule reads the service's own JSON: there is no expression to draw.</p>
          ) : (
            <RuleChart rule={value.rule} history={value.history} />
          )}
          {value.alerts.length > 0 && (
            <section>
              <h2>Alerts</h2>
              <AlertList items={value.alerts} caption="Alerts of this rule, firing first" named={false} />
            </section>
          )}
          {value.rule.kind !== "recording" && (
            <section>
              <div class="section-head">
                <h2>History</h2>
                {value.history.length > LISTED && <a href={allOf(value.rule.subject)}>All decisions about this rule</a>}
              </div>
              {value.history.length === 0 ? (
                <Empty title="Nothing was decided about it yet." />
              ) : (
                <DecisionList
                  items={value.history.slice(0, LISTED)}
                  subject={false}
                  caption="Decisions about this rule, newest first"
                />
              )}
            </section>
          )}
        </>
      )}
    </>
  );
}

function Standing({ view }: { view: RuleDetailView }) {
  const { rule, file, group } = view;
  return (
    <section aria-label="State" class="summary">
      <p class="summary-line">
        {rule.kind === "recording" ? <span class="health">records a series</span> : <AlertState state={rule.state} />}
        <span>
          <RuleHealth rule={rule} />
        </span>
        {rule.forMs > 0 && <span>for {duration(rule.forMs)}</span>}
        {rule.keepFiringForMs > 0 && <span>keeps firing for {duration(rule.keepFiringForMs)}</span>}
        {rule.lastEvaluation !== undefined && (
          <span>
            evaluated <Ago at={rule.lastEvaluation} />
          </span>
        )}
        <span class="muted">
          <bdi>{group}</bdi> in <bdi>{file}</bdi>
        </span>
      </p>
      <pre class="rule-source">{rule.expr}</pre>
      {rule.untracked !== undefined && rule.untracked > 0 && (
        <p class="note">
          {rule.untracked} more alerts than one rule can hold are not followed: aggregate in the expression, or split
          it.
        </p>
      )}
      <Given rule={rule} />
    </section>
  );
}

/** Labels and annotations as the file has them, templates among them. */
function Given({ rule }: { rule: RuleView }) {
  const labels = Object.entries(rule.labels);
  const annotations = Object.entries(rule.annotations);
  if (labels.length + annotations.length === 0) return null;
  return (
    <dl class="facts">
      {labels.length > 0 && (
        <>
          <dt>labels</dt>
          <dd>
            <Labels labels={labels} />
          </dd>
        </>
      )}
      {annotations.flatMap(([name, text]) => [
        <dt key={`${name} name`}>
          <bdi>{name}</bdi>
        </dt>,
        <dd key={name}>
          <bdi>{text}</bdi>
        </dd>,
      ])}
    </dl>
  );
}
