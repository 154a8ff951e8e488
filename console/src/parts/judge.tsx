import { useState } from "preact/hooks";
import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { author } from "../access.ts";
import { judgeAnomaly } from "../api-anomaly.ts";
import { judgementText, VERDICTS, type Verdict } from "../judging.ts";
import { useActDenial } from "../me.ts";
import { ActSheet } from "./act-sheet.tsx";
import { SaidFields } from "./said-fields.tsx";

/** "This was fine", "This was bad": what a person says about an anomaly teaches its detector. */
export function Judge({
  anomaly,
  verdicts = ["fine", "bad"],
}: {
  anomaly: AnomalyView;
  verdicts?: readonly Verdict[];
}) {
  const [open, setOpen] = useState<Verdict | undefined>(undefined);
  const denial = useActDenial();
  return (
    <span class="act-buttons">
      {verdicts.map((verdict) => (
        <button
          key={verdict}
          type="button"
          data-judge={verdict}
          disabled={denial !== undefined}
          title={denial}
          onClick={() => setOpen(verdict)}
        >
          {VERDICTS[verdict].button}
        </button>
      ))}
      {denial && <span class="act-denied">{denial}</span>}
      {open && <JudgeDialog verdict={open} anomaly={anomaly} onClose={() => setOpen(undefined)} />}
    </span>
  );
}

function JudgeDialog(props: { verdict: Verdict; anomaly: AnomalyView; onClose: () => void }) {
  const { verdict, anomaly, onClose } = props;
  const [said, setSaid] = useState({ why: "", by: author.get() });
  // The page goes on living while the dialog is open: what is judged is what was pressed.
  const [meant] = useState(anomaly);
  const { service, signal, lastAt } = meant;
  const why = said.why.trim();
  const by = said.by.trim();
  return (
    <ActSheet
      title={VERDICTS[verdict].title}
      subject={`${signal} of ${service}`}
      button={VERDICTS[verdict].button}
      fault={why === "" ? "Say why: the reason goes into the decision record." : undefined}
      consequences={judgementText(verdict, meant)}
      by={by}
      send={async (key) => ({
        command: await judgeAnomaly(service, { signal, at: lastAt, verdict, why, ...(by === "" ? {} : { by }) }, key),
      })}
      onClose={onClose}
    >
      <SaidFields {...said} required onChange={(change) => setSaid({ ...said, ...change })} />
    </ActSheet>
  );
}
