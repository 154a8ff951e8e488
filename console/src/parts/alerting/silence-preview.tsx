import { plural } from "../../format.ts";
import { otherLabels, routedText } from "../../routed-words.ts";
import { setsOf } from "../../silence-form.ts";
import { Labels } from "../labels.tsx";
import { RoutedState } from "./routed-state.tsx";
import type { Preview } from "./use-preview.ts";

/** What fits into a dialog; the sentence above counts all. */
const SHOWN = 5;

/** What the silence would hide if it were in force now, before it is set. */
export function SilencePreview({ preview, matchers }: { preview: Preview; matchers: string }) {
  return (
    <section class="preview" aria-label="What it would hide" aria-live="polite">
      <h3>What it would hide now</h3>
      {setsOf(matchers).length === 0 ? (
        <p class="muted">Nothing yet: it has no matcher.</p>
      ) : preview.fault !== undefined ? (
        <p class="bad">{preview.fault}</p>
      ) : preview.view === undefined ? (
        <p class="muted">Looking…</p>
      ) : (
        <Found view={preview.view} />
      )}
    </section>
  );
}

function Found({ view }: { view: NonNullable<Preview["view"]> }) {
  const { hides, total, receivers, warnings, alerts } = view;
  return (
    <>
      <p data-hides={hides}>
        <strong>{hides === 0 ? "No alert that is told of today" : plural(hides, "alert")}</strong>
        {total > hides && `; ${total - hides} more fit and are held back already`}
        {receivers.length > 0 && (
          <>
            {", so less is told to "}
            <bdi>{receivers.join(", ")}</bdi>
          </>
        )}
        .
      </p>
      {warnings.map((warning) => (
        <p key={warning} class="note">
          {warning.charAt(0).toUpperCase() + warning.slice(1)}.
        </p>
      ))}
      <ul class="preview-alerts">
        {alerts.slice(0, SHOWN).map((alert) => (
          <li key={alert.fingerprint}>
            <RoutedState state={alert.state} />
            <div>
              <bdi>{routedText(alert)}</bdi>
              <Labels labels={otherLabels(alert.labels)} />
            </div>
          </li>
        ))}
      </ul>
      {total > SHOWN && <p class="muted">and {total - Math.min(SHOWN, alerts.length)} more.</p>}
    </>
  );
}
