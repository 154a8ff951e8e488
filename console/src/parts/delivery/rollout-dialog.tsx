import { useState } from "preact/hooks";
import type { RolloutCommandView, RolloutSummaryView } from "../../../../functions/api/views-delivery.ts";
import { author } from "../../access.ts";
import { commandRollout } from "../../api-delivery.ts";
import { told } from "../../format.ts";
import { COMMANDED, ROLLOUT_ACTS, type RolloutForm, rolloutConsequences, rolloutFault } from "../../rollout-acts.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";
import { TypedName } from "../typed-name.tsx";

/** Asks before a rollout is told something: what exactly will happen, why, and for what is dangerous the service's name. */
export function RolloutDialog(props: {
  rollout: RolloutSummaryView;
  command: RolloutCommandView;
  bakeMs: number | undefined;
  onClose: () => void;
}) {
  // The page goes on living while the dialog is open: the rollout that was shown is the one that is meant.
  const [{ rollout, command, bakeMs }] = useState(props);
  const [form, setForm] = useState<RolloutForm>({ why: "", by: author.get(), typedName: "" });
  const change = (some: Partial<RolloutForm>) => setForm({ ...form, ...some });
  const act = ROLLOUT_ACTS[command];
  const by = form.by.trim();
  return (
    <ActSheet
      title={act.title}
      subject={`${rollout.service} ${rollout.version}`}
      button={act.button}
      dangerous={act.dangerous}
      fault={rolloutFault(command, form, rollout.service)}
      consequences={rolloutConsequences(command, rollout, bakeMs)}
      by={form.by}
      send={async (key) => {
        const said = { why: form.why.trim(), ...(by === "" ? {} : { by }) };
        const done = await commandRollout(rollout.service, command, { id: rollout.id, ...said }, key);
        return {
          told: [COMMANDED[done.status], told(done.decision?.sentence ?? done.text)],
          decisions: done.decision ? [done.decision.id] : [],
        };
      }}
      onClose={props.onClose}
    >
      <SaidFields why={form.why} by={form.by} required onChange={change} />
      {act.dangerous && (
        <TypedName name={rollout.service} value={form.typedName} onInput={(typedName) => change({ typedName })} />
      )}
    </ActSheet>
  );
}
