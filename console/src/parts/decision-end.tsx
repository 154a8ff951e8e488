import type { DecisionView } from "../../../functions/api/views.ts";
import { duration, plural } from "../format.ts";
import { Icon } from "../icons.tsx";
import { labelsText, listOf, type Members, members, numberOf, show, textOf } from "../values.ts";
import { Numbers } from "./clauses.tsx";
import { At } from "./time.tsx";

/** What was done about it: absolute, with its idempotency key. */
export function Actions({ decision }: { decision: DecisionView }) {
  const actions = decision.actions.filter((action) => action.type !== "record_outcome");
  if (actions.length === 0) return <p>{nothingDone(decision)}</p>;
  return (
    <ul class="actions-done">
      {actions.map((action) => (
        <li key={action.key}>
          <p>
            <span class="diamond" aria-hidden="true" /> {actionText(action)}
          </p>
          <Sent action={action} at={decision.at} />
          <p class="muted">
            key <code>{action.key}</code>
          </p>
        </li>
      ))}
    </ul>
  );
}

function nothingDone(decision: DecisionView): string {
  if (!decision.reason.startsWith("would_")) return "Nothing was changed in the world.";
  return `Nothing was changed: in mode ${decision.mode} Headgate only says what it would do.`;
}

/** Alerts one by one that are worth reading; of hundreds the record has all. */
const TOLD = 10;

/** What was told to whoever receives alerts. */
function Sent({ action, at }: { action: DecisionView["actions"][number]; at: number }) {
  const alerts = alertsOf(action);
  if (alerts.length === 0) return null;
  return (
    <ul class="bullets">
      {alerts.slice(0, TOLD).map((alert, index) => (
        <li key={index}>
          {(numberOf(alert["endsAt"]) ?? Number.POSITIVE_INFINITY) <= at ? "resolved" : "firing"}:{" "}
          <bdi>{textOf(members(alert["annotations"])["summary"]) ?? ""}</bdi>{" "}
          <code>
            <bdi>{labelsText(members(alert["labels"]))}</bdi>
          </code>
        </li>
      ))}
      {alerts.length > TOLD && <li>and {alerts.length - TOLD} more</li>}
    </ul>
  );
}

function alertsOf(action: DecisionView["actions"][number]) {
  const { alert, alerts } = members(action);
  return [...listOf(alerts), ...(alert === undefined ? [] : [alert])].map(members);
}

function actionText(action: DecisionView["actions"][number]): string {
  const own = members(action);
  if (action.type === "notify") return own["integration"] === undefined ? sentText(action) : notifiedText(own);
  if (action.type === "teach")
    return `Teach the detector of ${show(own["signal"])} that it was ${show(own["verdict"])}`;
  const desired = numberOf(own["desired"]);
  const expected = numberOf(own["expected"]);
  if (action.type === "scale" && desired !== undefined) {
    return `Set desired = ${desired}${expected === undefined ? "" : `, given that it still was ${expected}`}`;
  }
  const rest = Object.entries(own).filter(([name]) => name !== "key" && name !== "type");
  return `${textOf(own["type"]) ?? "act"} ${rest.map(([name, value]) => `${name} = ${show(value)}`).join(", ")}`;
}

const sentText = (action: DecisionView["actions"][number]): string =>
  `Send ${plural(alertsOf(action).length, "alert")}`;

/** A notification to one integration of a receiver. */
function notifiedText(own: Members): string {
  const count = (name: string) => numberOf(members(own[name])["count"]) ?? 0;
  const told = [`${count("firing")} firing`, ...(count("resolved") > 0 ? [`${count("resolved")} resolved`] : [])];
  const integration = show(members(own["integration"])["id"]);
  return `Tell ${show(own["receiver"])} by ${integration} of ${told.join(" and ")}: ${show(own["reason"])}`;
}

/** What became of it, and how long after. */
export function Outcomes({ decision }: { decision: DecisionView }) {
  if (decision.outcomes.length === 0) {
    const waits = decision.actions.some((action) => action.type !== "record_outcome");
    return <p class="muted">{waits ? "Not known yet." : "Nothing was done, so nothing follows from it."}</p>;
  }
  return (
    <ol class="outcomes">
      {decision.outcomes.map((outcome) => (
        <li key={`${outcome.phase}${outcome.at}`}>
          <p>
            <strong>{outcome.phase}</strong> <At at={outcome.at} />{" "}
            <span class="muted">
              ({outcome.at > decision.at ? `${duration(outcome.at - decision.at)} later` : "at once"})
            </span>
          </p>
          <p>{outcome.text}</p>
          {outcome.results?.map((result) => (
            <p key={result.key} class={result.status === "done" ? "result" : "result result-not-done"}>
              <Icon name={result.status === "done" ? "ok" : "degraded"} size={13} /> {result.status}: {result.detail}
            </p>
          ))}
          {outcome.values && <Numbers values={outcome.values} />}
        </li>
      ))}
    </ol>
  );
}
