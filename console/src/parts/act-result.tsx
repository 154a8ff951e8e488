import type { EvaluationView } from "../../../functions/api/views.ts";
import { words } from "../format.ts";
import { Icon } from "../icons.tsx";
import { drawerLink, go } from "../router.ts";
import type { Done, Told } from "./act-sheet.tsx";
import { Reason } from "./decision-list.tsx";

const STATUS = {
  decided: "Decided and recorded.",
  unchanged: "Looked, and nothing is different from before: there is nothing new to record.",
  busy: "Another worker is acting on this service right now; it will see the present state.",
  conflict: "Overtaken too often by other workers: nothing was done. Try again.",
} as const;

/** What was done, as the decision that says so. */
export function ActResult({ view, onClose }: { view: Done; onClose: () => void }) {
  return (
    <div class="act-result" role="status">
      <Part part={view.command} onClose={onClose} />
      {view.evaluation && <Part part={view.evaluation} title="Looked at right after" onClose={onClose} />}
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </div>
  );
}

/** What was done, in sentences, with the records it left. */
export function ToldResult({ view, onClose }: { view: Told; onClose: () => void }) {
  return (
    <div class="act-result" role="status">
      {view.told.map((line) => (
        <p key={line} class="act-status">
          <Icon name={view.ok === false ? "degraded" : "ok"} size={14} /> <bdi>{line}</bdi>
        </p>
      ))}
      {view.decisions?.map((id) => (
        <p key={id} class="act-record" data-record={id}>
          Recorded as{" "}
          <button
            type="button"
            class="link"
            onClick={() => {
              onClose();
              go(drawerLink(id));
            }}
          >
            <code>{id}</code>
          </button>
        </p>
      ))}
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </div>
  );
}

function Part({ part, title, onClose }: { part: EvaluationView; title?: string; onClose: () => void }) {
  const { decision } = part;
  return (
    <section>
      {title && <h3>{title}</h3>}
      <p class="act-status">
        <Icon name={part.status === "decided" || part.status === "unchanged" ? "ok" : "degraded"} size={14} />{" "}
        {STATUS[part.status]}
      </p>
      {decision === undefined ? (
        part.reason && <p class="muted">reason: {words(part.reason)}</p>
      ) : (
        <div class="act-record" data-record={decision.id}>
          <p class="sentence">{decision.sentence}</p>
          <p>
            <Reason reason={decision.reason} acted={decision.acted} />{" "}
            <button
              type="button"
              class="link"
              onClick={() => {
                onClose();
                go(drawerLink(decision.id));
              }}
            >
              <code>{decision.id}</code>
            </button>
          </p>
        </div>
      )}
      {part.results.map((result) => (
        <p key={result.detail} class={result.status === "done" ? "result" : "result result-not-done"}>
          {result.status}: {result.detail}
        </p>
      ))}
    </section>
  );
}
