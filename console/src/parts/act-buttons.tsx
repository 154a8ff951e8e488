import { useState } from "preact/hooks";
import type { ServiceSummary } from "../../../functions/api/views.ts";
import { ACTS, type ActType } from "../acts.ts";
import { useActDenial } from "../me.ts";
import { ActDialog } from "./act-dialog.tsx";

/** What can be done to a service in its present state. */
export function actsFor(service: ServiceSummary): readonly ActType[] {
  if (service.mode === undefined) return [];
  return [service.paused ? "resume" : "pause", service.override ? "clear_override" : "override", "evaluate"];
}

/** Buttons that open the dialog of an action; for whoever may only look they are off, and say why. */
export function ActButtons({ service, acts }: { service: ServiceSummary; acts: readonly ActType[] }) {
  const [open, setOpen] = useState<ActType | undefined>(undefined);
  const denial = useActDenial();
  if (acts.length === 0) return null;
  return (
    <span class="act-buttons">
      {acts.map((type) => (
        <button
          key={type}
          type="button"
          data-act={type}
          disabled={denial !== undefined}
          title={denial}
          onClick={() => setOpen(type)}
        >
          {ACTS[type].button}
        </button>
      ))}
      {denial && <span class="act-denied">{denial}</span>}
      {open && <ActDialog type={open} service={service} onClose={() => setOpen(undefined)} />}
    </span>
  );
}
