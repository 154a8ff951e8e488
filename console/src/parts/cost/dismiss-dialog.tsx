import { useState } from "preact/hooks";
import type { CostOpportunity } from "../../../../functions/api/views-cost.ts";
import { author } from "../../access.ts";
import { dismissOpportunity } from "../../api-cost.ts";
import { now } from "../../clock.ts";
import { clockTime, told } from "../../format.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";

const DAY_MS = 86_400_000;
const SPANS: readonly (readonly [days: number, label: string])[] = [
  [7, "1 week"],
  [30, "30 days"],
  [90, "90 days"],
  [365, "1 year"],
];

/** Dismisses a proposal: why, and until when. */
export function DismissDialog({ one: asked, onClose }: { one: CostOpportunity; onClose: () => void }) {
  const [one] = useState(asked);
  const [form, setForm] = useState({ why: "", by: author.get(), days: 30 });
  const change = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  const by = form.by.trim();
  const at = now();
  return (
    <ActSheet
      title="Dismiss"
      subject={one.resource.name}
      button="Dismiss"
      fault={form.why.trim() === "" ? "Say why: the reason goes into the decision record." : undefined}
      consequences={[
        "Nothing is changed. It is no longer proposed, and not counted as a saving.",
        `It comes back by itself at ${clockTime(at + form.days * DAY_MS, at)}, if it still holds then.`,
      ]}
      by={form.by}
      send={async (key) => {
        const said = { why: form.why.trim(), ...(by === "" ? {} : { by }) };
        const { text, decision } = await dismissOpportunity(one.id, { ...said, for: `${form.days}d` }, key);
        return { told: [told(text)], decisions: decision === undefined ? [] : [decision] };
      }}
      onClose={onClose}
    >
      <label class="field">
        For how long
        <select
          name="for"
          value={String(form.days)}
          onChange={(event) => change({ days: Number(event.currentTarget.value) })}
        >
          {SPANS.map(([days, label]) => (
            <option key={days} value={String(days)}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <SaidFields why={form.why} by={form.by} required onChange={change} />
    </ActSheet>
  );
}
