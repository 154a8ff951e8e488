import { useState } from "preact/hooks";
import type { RouteTestView } from "../../../../functions/api/views-alerting.ts";
import { plural } from "../../format.ts";
import { readLabels } from "../../routed-words.ts";
import { alertLink, go, silenceLink, usePlace, withQuery } from "../../router.ts";
import { Ago, At } from "../time.tsx";

/** Labels typed in, kept in the address; the answer stands below and in the tree. */
export function RouteTester() {
  const { query } = usePlace();
  const given = query.get("labels") ?? "";
  const [text, setText] = useState(given);
  const [when, setWhen] = useState(query.get("at") ?? "");
  const [tried, setTried] = useState(false);
  const read = readLabels(text);
  return (
    <form
      class="tester"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (read.ok) go(withQuery({ labels: text.trim(), at: when }));
      }}
    >
      <label class="field">
        Labels of an alert to try
        <input
          name="labels"
          class="mono"
          maxLength={4000}
          spellcheck={false}
          autocomplete="off"
          placeholder="alertname=KafkaDown severity=page"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        At (empty: now)
        <input type="datetime-local" name="at" value={when} onInput={(event) => setWhen(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary">
        Try
      </button>
      {given !== "" && (
        <button
          type="button"
          onClick={() => {
            setText("");
            setWhen("");
            setTried(false);
            go(withQuery({ labels: undefined, at: undefined }));
          }}
        >
          Clear
        </button>
      )}
      <p class="bad" role="status">
        {tried && !read.ok ? `Write name=value, with blanks between: it stops making sense at “${read.at}”.` : ""}
      </p>
    </form>
  );
}

/** Where the tried alert goes, and what would keep it quiet. */
export function RouteTested({ view }: { view: RouteTestView }) {
  const { receivers, routes, inhibitedBy, silencedBy } = view;
  return (
    <section class="tested" aria-label="Where it goes" aria-live="polite" data-tested>
      <p>
        <strong>
          Goes to <bdi>{receivers.join(", ")}</bdi>
        </strong>
        {routes.length > 1 && `, by ${plural(routes.length, "route")}`}
        {inhibitedBy.length + silencedBy.length > 0 ? ", and is held back:" : "."}
      </p>
      {inhibitedBy.map((fingerprint) => (
        <p key={fingerprint} class="note">
          Inhibited by{" "}
          <a href={alertLink(fingerprint)}>
            <code>{fingerprint}</code>
          </a>
        </p>
      ))}
      {silencedBy.map((one) => (
        <p key={one.id} class="note">
          <a href={silenceLink(one.id)}>Silenced</a> by <bdi>{one.createdBy || "somebody"}</bdi> until{" "}
          <At at={one.endsAt} />
          {one.comment && (
            <>
              : <bdi>{one.comment}</bdi>
            </>
          )}
        </p>
      ))}
      {routes.map((route) => (
        <dl key={route.id} class="facts">
          <dt>receiver</dt>
          <dd>
            <bdi>{route.receiver}</bdi>
          </dd>
          <dt>group key</dt>
          <dd>
            <code>
              <bdi>{route.groupKey}</bdi>
            </code>
          </dd>
          <dt>first flush</dt>
          <dd>
            <Ago at={route.firstFlushAt} />, at <At at={route.firstFlushAt} />
          </dd>
          {route.mutedBy.length > 0 && (
            <>
              <dt>muted by</dt>
              <dd>
                <bdi>{route.mutedBy.join(", ")}</bdi>
              </dd>
            </>
          )}
        </dl>
      ))}
    </section>
  );
}
