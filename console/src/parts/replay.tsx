import { useEffect, useState } from "preact/hooks";
import type { ReplayView } from "../../../functions/api/views.ts";
import { replayDecision } from "../api.ts";
import { asFailure, type Failure } from "../failure.ts";
import { Icon } from "../icons.tsx";
import { show } from "../values.ts";

type State =
  | { readonly state: "idle" }
  | { readonly state: "running" }
  | { readonly state: "done"; readonly view: ReplayView }
  | { readonly state: "failed"; readonly failure: Failure };

/** Recomputes the decision from its own record and shows whether the same came out. */
export function Replay({ id }: { id: string }) {
  const [replay, setReplay] = useState<State>({ state: "idle" });
  useEffect(() => setReplay({ state: "idle" }), [id]);
  return (
    <>
      <button
        type="button"
        disabled={replay.state === "running"}
        onClick={() => {
          setReplay({ state: "running" });
          replayDecision(id).then(
            (view) => setReplay({ state: "done", view }),
            (error: unknown) => setReplay({ state: "failed", failure: asFailure(error) }),
          );
        }}
      >
        <Icon name="replay" size={14} /> Replay
      </button>
      <div class="replay-result" aria-live="polite">
        {replay.state === "running" && <p class="muted">Recomputing…</p>}
        {replay.state === "failed" && <p class="bad">It could not be recomputed: {replay.failure.message}</p>}
        {replay.state === "done" && <Result view={replay.view} />}
      </div>
    </>
  );
}

function Result({ view }: { view: ReplayView }) {
  if (view.skipped > 0) return <p>This build does not know this noun, so it cannot recompute the decision.</p>;
  if (view.differences.length === 0) {
    return (
      <p class="replay-same">
        <Icon name="ok" size={14} /> Recomputed from the record: the same, to the last bit.
      </p>
    );
  }
  return (
    <>
      <p class="bad">
        <Icon name="failing" size={14} /> Recomputed from the record: not the same.
      </p>
      <table class="differences">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">Recorded</th>
            <th scope="col">Recomputed</th>
          </tr>
        </thead>
        <tbody>
          {view.differences.map((difference) => (
            <tr key={difference.path}>
              <th scope="row">
                <code>{difference.path}</code>
              </th>
              <td>{show(difference.recorded)}</td>
              <td>{show(difference.recomputed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
