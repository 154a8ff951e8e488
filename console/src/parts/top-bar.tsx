import { denial } from "../access.ts";
import { clock, useNow } from "../clock.ts";
import { connection, live } from "../connection.ts";
import { absolute, clockTime, zoneShort } from "../format.ts";
import { Icon } from "../icons.tsx";
import { overlay } from "../keys.ts";
import { me } from "../me.ts";
import { RANGES, useRange } from "../range.ts";
import { go, pageLink, usePlace, withQuery } from "../router.ts";
import { useObservable } from "../store.ts";
import { shade, theme } from "../theme.ts";

/** Above every page: search, time range where there are charts, live or paused, clock, who is looking, light or dark. */
export function TopBar() {
  const range = useRange();
  const charts = /^\/((services|rules)\/|alerts\/history$)/.test(usePlace().path);
  const dark = useObservable(shade) === "dark";
  return (
    <header class="top">
      <button type="button" class="search-button" aria-label="Search" onClick={() => overlay.set("search")}>
        <Icon name="search" size={14} />
        <span>Search</span>
        <kbd>/</kbd>
      </button>
      {charts && (
        <label class="range">
          <span class="unseen">Time range</span>
          <select value={range.id} onChange={(event) => go(withQuery({ range: event.currentTarget.value }))}>
            {RANGES.map((item) => (
              <option key={item.id} value={item.id}>
                last {item.label}
              </option>
            ))}
          </select>
        </label>
      )}
      <LiveButton />
      <Clock />
      <button
        type="button"
        class="quiet square"
        aria-label={dark ? "Light theme" : "Dark theme"}
        title={dark ? "Light theme" : "Dark theme"}
        onClick={() => theme.set(dark ? "light" : "dark")}
      >
        <Icon name={dark ? "sun" : "moon"} />
      </button>
      <button
        type="button"
        class="quiet square help-button"
        aria-label="Keyboard"
        title="Keyboard (?)"
        onClick={() => overlay.set("help")}
      >
        <Icon name="keyboard" />
      </button>
      <Who />
    </header>
  );
}

const WORDS = { connecting: "connecting", stream: "live", polling: "live", lost: "stale" } as const;

function LiveButton() {
  const on = useObservable(live);
  const { state } = useObservable(connection);
  const denied = useObservable(denial)?.status === 401;
  const word = denied ? "locked" : state === "lost" ? "stale" : on ? WORDS[state] : "paused";
  return (
    <button
      type="button"
      class={`live live-${word}`}
      aria-pressed={!on}
      title={on ? "Pause live updates (p)" : "Resume live updates (p)"}
      onClick={() => live.set(!on)}
    >
      <Icon name={on ? "pause" : "play"} size={12} />
      <span>{word}</span>
      {state === "polling" && on && <span class="how">polling</span>}
    </button>
  );
}

/** The control plane's time; that it is virtual, and how fast, is said plainly. */
function Clock() {
  const known = useObservable(clock);
  const at = useNow();
  if (known === undefined) return <span class="clock" />;
  return (
    <span
      class="clock"
      title={`${absolute(at)}${known.simulated ? `, virtual: ${known.speed} seconds for each real one` : ""}`}
    >
      <time>{clockTime(at, at)}</time> <span class="zone">{zoneShort(at)}</span>
      {known.simulated && <strong class="virtual">virtual {known.speed}×</strong>}
    </span>
  );
}

/** Who the API takes the reader for, and in which tenant; that a key may only look is said here too. */
function Who() {
  const view = useObservable(me);
  if (view === undefined) return null;
  const { name, tenant, scope } = view;
  return (
    <a class="who" href={pageLink("/settings")} title={`${name}, tenant ${tenant}, scope ${scope}`}>
      <Icon name="person" size={14} />
      <bdi>{name}</bdi>
      <span class="tenant">
        <span class="unseen">tenant </span>
        <bdi>{tenant}</bdi>
      </span>
      {scope === "read" && <strong class="tag-read">read only</strong>}
    </a>
  );
}
