import { useState } from "preact/hooks";
import type { ServiceSummary } from "../../../functions/api/views.ts";
import { ACTS, type ActForm, type ActType, commandOf, consequences, firstForm, formFault } from "../acts.ts";
import { commandService } from "../api.ts";
import { useNow } from "../clock.ts";
import { ActFields } from "./act-fields.tsx";
import { ActSheet } from "./act-sheet.tsx";

/** The dialog of what can be done to a service's scaling. */
export function ActDialog({ type, service, onClose }: { type: ActType; service: ServiceSummary; onClose: () => void }) {
  const act = ACTS[type];
  const now = useNow();
  const [form, setForm] = useState<ActForm>(() => firstForm(service));
  return (
    <ActSheet
      title={act.title}
      subject={service.name}
      button={act.button}
      dangerous={act.dangerous}
      fault={formFault(type, form, service)}
      consequences={consequences(type, form, service, now)}
      by={form.by}
      send={(key) => commandService(service.name, commandOf(type, form), key)}
      onClose={onClose}
    >
      <ActFields type={type} form={form} service={service} onChange={(change) => setForm({ ...form, ...change })} />
    </ActSheet>
  );
}
