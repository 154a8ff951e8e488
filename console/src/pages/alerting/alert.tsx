import type { AlertExplanationView, RoutedAlertView } from "../../../../functions/api/views-alerting.ts";
import { getAlertExplanation } from "../../api-alerting.ts";
import { useNow } from "../../clock.ts";
import { told } from "../../format.ts";
import { GroupDetail } from "../../parts/alerting/group-detail.tsx";
import { countsText } from "../../parts/alerting/group-list.tsx";
import { NotificationList } from "../../parts/alerting/notification-list.tsx";
import { RouteSteps } from "../../parts/alerting/route-steps.tsx";
import { RoutedState } from "../../parts/alerting/routed-state.tsx";
import { SpeakButtons } from "../../parts/alerting/speak-buttons.tsx";
import { Labels } from "../../parts/labels.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { Ago, At } from "../../parts/time.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { groupName, matchersOf, matcherText, routedName, routedText, safeUrl } from "../../routed-words.ts";
import { alertLink, groupLink, pageLink, silenceLink } from "../../router.ts";

/** One alert: was somebody told, and why or why not. */
export function AlertPage({ id }: { id: string }) {
  // Addresses may carry the kind of thing before the fingerprint.
  const fingerprint = id.replace(/^alr_/, "");
  const { value, failure, reload } = useResource(
    `alert ${fingerprint}`,
    (signal) => getAlertExplanation(fingerprint, signal),
    usePollMs(),
  );
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/alerts")}>Alerts</a>
      </p>
      {value === undefined ? (
        <>
          <h1 tabIndex={-1}>Alert</h1>
          {failure ? (
            <Failed failure={failure} what="such alert" retry={reload} />
          ) : (
            <Loading what="the alert" rows={8} />
          )}
        </>
      ) : (
        <Explained view={value} />
      )}
    </>
  );
}

function Explained({ view }: { view: AlertExplanationView }) {
  const { alert, routes, groups, notifications, comments } = view;
  const next = groups.find(({ escalation }) => escalation && !escalation.done)?.escalation?.to;
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{routedText(alert)}</bdi>
        </h1>
        <SpeakButtons
          acknowledged={alert.acknowledged !== undefined}
          matchers={matchersOf(alert.labels).map(matcherText)}
          about={{
            alert: alert.fingerprint,
            name: routedName(alert),
            groups: alert.state === "resolved" && groups.length === 0 ? 0 : alert.groups.length,
            escalatesTo: next,
          }}
        />
      </div>
      <Standing alert={alert} />
      <section aria-label="Why">
        <h2>Why it is told of, or not</h2>
        <ul class="bullets explained">
          {view.explanation.map((line) => (
            <li key={line}>
              <bdi>{told(line)}</bdi>
            </li>
          ))}
        </ul>
      </section>
      <HeldBackBy alert={alert} />
      <section>
        <h2>Groups, timers and what was told last</h2>
        {groups.length === 0 ? (
          <Empty title="It is in no group any more." />
        ) : (
          groups.map((group) => (
            <article key={group.id} class="group">
              <h3>
                <a href={groupLink(group.id)}>
                  <bdi>{groupName(group)}</bdi>
                </a>{" "}
                <span class="muted">
                  for <bdi>{group.receiver}</bdi>, {countsText(group.counts)}
                </span>
              </h3>
              <GroupDetail group={group} />
            </article>
          ))
        )}
      </section>
      <section>
        <h2>Which routes it went, and why not the others</h2>
        <RouteSteps steps={routes} />
      </section>
      <section>
        <h2>What was told</h2>
        {notifications.length === 0 ? (
          <Empty title="Nobody was told of it or its groups yet." />
        ) : (
          <NotificationList items={notifications} caption="Notifications of this alert's groups, newest first" />
        )}
      </section>
      <section>
        <h2>What people said</h2>
        {comments.length === 0 ? (
          <p class="muted">Nothing yet.</p>
        ) : (
          <ul class="said">
            {comments.map((one) => (
              <li key={`${one.at} ${one.by} ${one.text}`}>
                <bdi>{one.by}</bdi>, <Ago at={one.at} />: <bdi>{one.text}</bdi>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function Standing({ alert }: { alert: RoutedAlertView }) {
  const source = safeUrl(alert.generatorUrl);
  const annotations = Object.entries(alert.annotations).filter(([, text]) => text !== routedText(alert));
  return (
    <section aria-label="State" class="summary">
      <p class="summary-line">
        <RoutedState state={alert.state} />
        <span>
          since <Ago at={alert.startsAt} />
        </span>
        {alert.state === "resolved" ? (
          <span>
            ended <Ago at={alert.endsAt} />
          </span>
        ) : (
          <span>
            posted <Ago at={alert.updatedAt} />
            {alert.timeout && (
              <>
                , counts as over <Ago at={alert.endsAt} /> unless it is posted again
              </>
            )}
          </span>
        )}
        <code class="muted">{alert.fingerprint}</code>
        {source && (
          <a href={source} target="_blank" rel="noreferrer noopener">
            Where it comes from
          </a>
        )}
      </p>
      <Labels labels={Object.entries(alert.labels)} />
      {annotations.length > 0 && (
        <dl class="facts">
          {annotations.flatMap(([name, text]) => [
            <dt key={`${name} name`}>
              <bdi>{name}</bdi>
            </dt>,
            <dd key={name}>
              {safeUrl(text) ? (
                <a href={text} target="_blank" rel="noreferrer noopener">
                  {text}
                </a>
              ) : (
                <bdi>{text}</bdi>
              )}
            </dd>,
          ])}
        </dl>
      )}
    </section>
  );
}

/** Everything that keeps it from being told of, each with its link. */
function HeldBackBy({ alert }: { alert: RoutedAlertView }) {
  const now = useNow();
  const by = alert.suppressedBy;
  if (by === undefined) return null;
  return (
    <section aria-label="Held back by">
      <h2>Held back by</h2>
      <ul class="held-by">
        {by.silencedBy.map((one) => (
          <li key={one.id} class="note">
            <a href={silenceLink(one.id)}>a silence</a> of <bdi>{one.createdBy || "somebody"}</bdi>, until{" "}
            <At at={one.endsAt} />
            {one.endsAt > now && (
              <>
                {" ("}
                <Ago at={one.endsAt} />)
              </>
            )}
            {one.comment && (
              <>
                : <bdi>{one.comment}</bdi>
              </>
            )}
          </li>
        ))}
        {by.inhibitedBy.map((one) => (
          <li key={one.fingerprint} class="note">
            another alert,{" "}
            <a href={alertLink(one.fingerprint)}>
              {one.labels ? <bdi>{routedName({ labels: one.labels })}</bdi> : <code>{one.fingerprint}</code>}
            </a>
            , which inhibits it
            {one.labels && <Labels labels={Object.entries(one.labels)} />}
          </li>
        ))}
        {by.mutedBy.map((name) => (
          <li key={name} class="note">
            the time interval <bdi>{name}</bdi>
          </li>
        ))}
        {by.cooldownUntil !== undefined && (
          <li class="note">
            a cooldown until <At at={by.cooldownUntil} />
          </li>
        )}
      </ul>
    </section>
  );
}
