import type { ComponentChildren } from "preact";
import type { RulesView } from "../../../functions/api/views-monitoring.ts";
import { activeLine, alertFits, rulesLine } from "../alert-words.ts";
import { getAlerts, getRules, getTargets } from "../api-monitoring.ts";
import { plural } from "../format.ts";
import { AlertList } from "../parts/alert-list.tsx";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { RuleGroups } from "../parts/rule-groups.tsx";
import { TargetTable } from "../parts/target-table.tsx";
import { usePollMs } from "../poll.ts";
import { useResource } from "../resource.ts";
import { go, usePlace, withQuery } from "../router.ts";

const STATES = ["firing", "pending"] as const;

/** What fires, by which rules, and whether what they look at is seen at all. Filters are in the address. */
export function Alerts({ hint, quiet = "No alert fires" }: { hint?: ComponentChildren; quiet?: string }) {
  const everyMs = usePollMs();
  const alerts = useResource("alerts", getAlerts, everyMs);
  const rules = useResource("rules", getRules, everyMs);
  const { query } = usePlace();
  const text = query.get("q") ?? "";
  const state = STATES.find((one) => one === query.get("state"));
  const items = alerts.value?.items;
  const shown = items?.filter((one) => (state === undefined || one.state === state) && alertFits(one, text.trim()));
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1} class="state" aria-live="polite">
          {items === undefined ? "Alerts" : (activeLine(items) ?? quiet)}
        </h1>
        {rules.value && <p class="muted">{rulesLine(rules.value)}</p>}
      </div>
      {hint && <div class="muted">{hint}</div>}
      <search class="filters">
        <label>
          Name, text or label contains
          <input
            type="search"
            name="q"
            maxLength={200}
            value={text}
            onInput={(event) => go(withQuery({ q: event.currentTarget.value }), { replace: true })}
          />
        </label>
        <label>
          State
          <select
            name="state"
            value={state ?? ""}
            onChange={(event) => go(withQuery({ state: event.currentTarget.value }))}
          >
            <option value="">all</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </search>
      <section aria-label="Active alerts">
        {shown === undefined ? (
          alerts.failure ? (
            <Failed failure={alerts.failure} what="alerts" retry={alerts.reload} />
          ) : (
            <Loading what="alerts" rows={4} />
          )
        ) : shown.length > 0 ? (
          <AlertList key={`${state} ${text}`} items={shown} caption="Active alerts, firing first" />
        ) : items?.length === 0 ? (
          rules.value?.groups.length !== 0 && <Empty title="Nothing fires and nothing waits to." />
        ) : (
          <Empty title="No alert fits these filters.">
            <p>
              <a href={withQuery({ q: undefined, state: undefined })}>Show all</a>
            </p>
          </Empty>
        )}
      </section>
      <section aria-label="Rules">
        <h2>Rules</h2>
        {rules.value === undefined ? (
          rules.failure ? (
            <Failed failure={rules.failure} what="rules" retry={rules.reload} />
          ) : (
            <Loading what="rules" rows={6} />
          )
        ) : (
          <Rules view={rules.value} text={text.trim()} />
        )}
      </section>
      <Targets everyMs={everyMs} />
    </>
  );
}

function Rules({ view, text }: { view: RulesView; text: string }) {
  if (view.groups.length === 0) {
    return (
      <Empty title="No rules yet.">
        <p>
          Name a rule file under <code>monitoring:</code> in <code>headgate.yaml</code>, or a{" "}
          <code>prometheus.yml</code> that does, as it is.
        </p>
      </Empty>
    );
  }
  const wanted = text.toLowerCase();
  const groups = view.groups
    .map((group) => ({
      ...group,
      rules: group.rules.filter((rule) => `${rule.name}\n${rule.expr}\n${group.name}`.toLowerCase().includes(wanted)),
    }))
    .filter((group) => group.rules.length > 0);
  if (groups.length === 0) return <p class="muted">No rule's name or expression contains that.</p>;
  return <RuleGroups groups={groups} />;
}

function Targets({ everyMs }: { everyMs: number }) {
  const { value, failure, reload } = useResource("targets", getTargets, everyMs);
  const down = value?.items.filter((one) => one.health === "down").length ?? 0;
  return (
    <section id="targets" aria-label="Targets" tabIndex={-1}>
      <div class="section-head">
        <h2>Targets</h2>
        {value && value.items.length > 0 && (
          <p class={down > 0 ? "bad" : "muted"}>
            {plural(value.items.length, "target")}, {down > 0 ? `${down} down` : "none down"}
          </p>
        )}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="targets" retry={reload} />
        ) : (
          <Loading what="targets" rows={3} />
        )
      ) : value.items.length === 0 ? (
        <Empty title="This process scrapes nothing.">
          <p>
            Set <code>monitoring.scrape</code> on this machine; deployed, rules ask a Prometheus-compatible API instead.
          </p>
        </Empty>
      ) : (
        <TargetTable items={value.items} />
      )}
    </section>
  );
}
