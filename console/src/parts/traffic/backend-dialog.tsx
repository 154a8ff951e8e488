import { useState } from "preact/hooks";
import type { TrafficBackendView } from "../../../../functions/api/views-traffic.ts";
import { author } from "../../access.ts";
import { drainBackends, removeBackends } from "../../api-traffic.ts";
import { BACKEND_ACTS, type BackendAct, backendConsequences } from "../../backend-acts.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";
import { TypedName } from "../typed-name.tsx";

/** Drains a backend, uses it again, or takes it out. */
export function BackendDialog(props: {
  act: BackendAct;
  service: string;
  backend: TrafficBackendView;
  /** Other backends that are ok. */
  others: number;
  onClose: () => void;
}) {
  const { act, service, onClose } = props;
  const [{ backend, others }] = useState(props);
  const [form, setForm] = useState({ why: "", by: author.get(), typedName: "" });
  const words = BACKEND_ACTS[act];
  const by = form.by.trim();
  const fault =
    form.why.trim() === ""
      ? "Say why: the reason goes into the decision record."
      : act === "remove" && form.typedName !== backend.id
        ? "Type the id of the backend to confirm."
        : undefined;
  return (
    <ActSheet
      title={words.title}
      subject={backend.id}
      button={words.button}
      dangerous={act === "remove"}
      fault={fault}
      consequences={backendConsequences(act, backend, others)}
      by={form.by}
      send={async (key) => {
        const said = { why: form.why.trim(), ...(by === "" ? {} : { by }) };
        const ids = [backend.id];
        const { decision } =
          act === "remove"
            ? await removeBackends(service, { ids, ...said }, key)
            : await drainBackends(service, { ids, undo: act === "undo", ...said }, key);
        return { told: [words.done], decisions: decision === undefined ? [] : [decision] };
      }}
      onClose={onClose}
    >
      <SaidFields why={form.why} by={form.by} required onChange={(some) => setForm({ ...form, ...some })} />
      {act === "remove" && (
        <TypedName name={backend.id} value={form.typedName} onInput={(typedName) => setForm({ ...form, typedName })} />
      )}
    </ActSheet>
  );
}
