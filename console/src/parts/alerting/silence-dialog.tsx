import { useState } from "preact/hooks";
import type { SilenceView } from "../../../../functions/api/views-alerting.ts";
import { setSilence } from "../../api-alerting.ts";
import { useNow } from "../../clock.ts";
import { type SilenceForm, silenceFault, silenceText, silenceWanted } from "../../silence-form.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SilenceFields } from "./silence-fields.tsx";
import { SilencePreview } from "./silence-preview.tsx";
import { usePreview } from "./use-preview.ts";

/** Makes a silence, or changes one; shows what it would hide before it is set. */
export function SilenceDialog(props: { given: SilenceForm; editing?: SilenceView; onClose: () => void }) {
  const now = useNow();
  const [form, setForm] = useState(props.given);
  // The list behind goes on living: what is edited is what was pressed.
  const [editing] = useState(props.editing);
  const preview = usePreview(form.matchers);
  const kept = editing !== undefined && editing.state !== "expired";
  return (
    <ActSheet
      wide
      title={kept ? "Change the silence" : editing ? "Set the silence again" : "New silence"}
      subject={editing ? editing.id.slice(0, 8) : "keep alerts quiet"}
      button={kept ? "Change" : "Silence"}
      fault={silenceFault(form, editing, preview, now)}
      consequences={silenceText(form, editing, preview.view, now)}
      {...(editing ? {} : { by: form.by })}
      send={async (key) => {
        const { id, silence } = await setSilence(silenceWanted(form, editing, now), key);
        const how = editing === undefined ? "Set" : id === editing.id ? "Changed" : "Set anew";
        return {
          told: [
            `${how}: silence ${id}, ${silence.state}${silence.matches > 0 ? `, hides ${silence.matches} now` : ""}.`,
          ],
        };
      }}
      onClose={props.onClose}
    >
      <SilenceFields form={form} editing={editing} onChange={(change) => setForm({ ...form, ...change })}>
        <SilencePreview preview={preview} matchers={form.matchers} />
      </SilenceFields>
    </ActSheet>
  );
}
