import { accessKey } from "../access.ts";
import { getConfig } from "../api.ts";
import { clock, useNow } from "../clock.ts";
import { connection } from "../connection.ts";
import { absolute, duration, zone } from "../format.ts";
import { me } from "../me.ts";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { At } from "../parts/time.tsx";
import { useResource } from "../resource.ts";
import { useObservable } from "../store.ts";
import { type Theme, theme } from "../theme.ts";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "as the system"],
  ["light", "light"],
  ["dark", "dark"],
];

/** What is in force, which clock it runs on, and how to get in from elsewhere. */
export function Settings() {
  const chosen = useObservable(theme);
  return (
    <>
      <h1 tabIndex={-1}>Settings</h1>
      <Configuration />
      <Clock />
      <Access />
      <section>
        <h2>Look</h2>
        <fieldset class="choices">
          <legend class="unseen">Theme</legend>
          {THEMES.map(([value, label]) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                value={value}
                checked={chosen === value}
                onChange={() => theme.set(value)}
              />
              {label}
            </label>
          ))}
        </fieldset>
      </section>
    </>
  );
}

function Configuration() {
  const { value, failure, reload } = useResource("config", getConfig, 15_000);
  return (
    <section>
      <h2>Configuration</h2>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="configuration" retry={reload} />
        ) : (
          <Loading what="the configuration" rows={4} />
        )
      ) : value.version === undefined ? (
        <Empty title="No configuration has been applied yet.">
          <p>
            <code>headgate config apply headgate.yaml</code>
          </p>
        </Empty>
      ) : (
        <>
          <dl class="facts">
            <dt>version</dt>
            <dd>
              <code>{value.version}</code>
            </dd>
            {value.appliedAt !== undefined && (
              <>
                <dt>applied</dt>
                <dd>
                  <At at={value.appliedAt} />
                  {value.by && (
                    <>
                      {" "}
                      by <bdi>{value.by}</bdi>
                    </>
                  )}
                </dd>
              </>
            )}
            <dt>schema</dt>
            <dd>
              <a href="/api/v1/config/schema" data-document>
                JSON Schema for editors
              </a>
            </dd>
            <dt>change it</dt>
            <dd>
              <code>headgate config plan FILE</code>, then <code>headgate config apply FILE</code>
            </dd>
          </dl>
          {value.text !== undefined && (
            <details>
              <summary>The file as it was applied</summary>
              <pre>{value.text}</pre>
            </details>
          )}
        </>
      )}
    </section>
  );
}

const HOW = {
  connecting: "connecting",
  stream: "by a stream of events",
  polling: "by asking every few seconds (this API does not stream)",
  lost: "not at all: the API does not answer",
} as const;

function Clock() {
  const known = useObservable(clock);
  const how = useObservable(connection);
  const at = useNow();
  return (
    <section>
      <h2>Clock</h2>
      <dl class="facts">
        <dt>now</dt>
        <dd>{known === undefined ? "not known yet" : absolute(at)}</dd>
        <dt>speed</dt>
        <dd>
          {known?.simulated
            ? `virtual: ${known.speed} seconds for each real one; an hour here takes ${duration(3_600_000 / known.speed)}`
            : "real time"}
        </dd>
        <dt>zone</dt>
        <dd>{zone()}</dd>
        <dt>news come</dt>
        <dd>{HOW[how.state]}</dd>
      </dl>
    </section>
  );
}

const SCOPES = {
  read: "sees everything, changes nothing",
  operate: "sees everything, pauses, overrides and evaluates",
  admin: "everything, also applying configurations and making keys",
  "alerts:post": "posts alerts and sees nothing",
  "silences:write": "sees, makes and ends silences",
  "flags:evaluate": "evaluates flags and reports what was served",
} as const;

function Access() {
  const key = useObservable(accessKey);
  const view = useObservable(me);
  return (
    <section>
      <h2>Access</h2>
      {view && (
        <dl class="facts">
          <dt>you are</dt>
          <dd>
            <bdi>{view.name}</bdi>
          </dd>
          <dt>tenant</dt>
          <dd>
            <bdi>{view.tenant}</bdi>
          </dd>
          <dt>scope</dt>
          <dd>
            {view.scope}: {SCOPES[view.scope]}
          </dd>
          {view.key && (
            <>
              <dt>key id</dt>
              <dd>
                <code>{view.key}</code>
              </dd>
            </>
          )}
        </dl>
      )}
      <p>
        {key === ""
          ? "This tab uses no access key: the API lets requests from this machine in without one."
          : "This tab uses an access key. It is forgotten when the tab is closed."}
      </p>
      <p class="muted">
        Keys have a scope: <code>read</code> sees, <code>operate</code> also pauses and overrides, <code>admin</code>{" "}
        also applies configurations and makes keys. Make one with{" "}
        <code>headgate keys create --name NAME --scope read</code>.
      </p>
      {key !== "" && (
        <button type="button" onClick={() => accessKey.set("")}>
          Forget the key
        </button>
      )}
    </section>
  );
}
