import { useState } from "preact/hooks";
import type { CircuitView } from "../../../../functions/api/views-breakers.ts";
import { author } from "../../access.ts";
import { SPANS } from "../../acts.ts";
import { forceCircuit, releaseCircuit } from "../../api-traffic.ts";
import { circuitStanding, FORCES, type ForceForm, forceConsequences, forceFault } from "../../circuit-words.ts";
import { useNow } from "../../clock.ts";
import { words } from "../../format.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";
import { TypedName } from "../typed-name.tsx";

const said = ({ why, by }: { readonly why: string; readonly by: string }) => ({
  why: why.trim(),
  ...(by.trim() === "" ? {} : { by: by.trim() }),
});

const told = (reason: string, decision: string | undefined, circuit: CircuitView) => ({
  told: [
    decision === undefined
      ? `Nothing changed (${words(reason)}): it is ${circuitStanding(circuit).word}.`
      : `Done: it is ${circuitStanding(circuit).word} now.`,
  ],
  decisions: decision === undefined ? [] : [decision],
});

/** Opens or closes a circuit by hand, or switches it off. */
export function ForceDialog(props: { circuit: CircuitView; onClose: () => void }) {
  // The page goes on living while the dialog is open: what is meant is what was pressed.
  const [circuit] = useState(props.circuit);
  const [form, setForm] = useState<ForceForm>({ state: "open", lasts: "1h", why: "", by: author.get(), typedName: "" });
  const change = (some: Partial<ForceForm>) => setForm({ ...form, ...some });
  const now = useNow();
  const span = SPANS.find(({ text }) => text === form.lasts);
  return (
    <ActSheet
      title="Force the circuit"
      subject={circuit.circuit}
      button={`Force ${form.state === "disabled" ? "it off" : form.state}`}
      dangerous={form.state === "open"}
      fault={forceFault(form, circuit.circuit)}
      consequences={forceConsequences(form, circuit, span && now + span.ms, now)}
      by={form.by}
      send={async (key) => {
        const lasts = form.lasts === "" ? {} : { for: form.lasts };
        const done = await forceCircuit(circuit.circuit, { state: form.state, ...lasts, ...said(form) }, key);
        return told(done.reason, done.decision, done);
      }}
      onClose={props.onClose}
    >
      <fieldset class="choices stacked">
        <legend>State</legend>
        {FORCES.map(([state, label]) => (
          <label key={state}>
            <input
              type="radio"
              name="state"
              value={state}
              checked={form.state === state}
              onChange={() => change({ state })}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <label class="field">
        For
        <select name="lasts" value={form.lasts} onChange={(event) => change({ lasts: event.currentTarget.value })}>
          {SPANS.map(({ text, label }) => (
            <option key={text} value={text}>
              {label}
            </option>
          ))}
          <option value="">until somebody releases it</option>
        </select>
      </label>
      <SaidFields why={form.why} by={form.by} required onChange={change} />
      {form.state === "open" && (
        <TypedName name={circuit.circuit} value={form.typedName} onInput={(typedName) => change({ typedName })} />
      )}
    </ActSheet>
  );
}

/** Takes the force back. */
export function ReleaseDialog(props: { circuit: CircuitView; onClose: () => void }) {
  const [circuit] = useState(props.circuit);
  const [form, setForm] = useState({ why: "", by: author.get() });
  return (
    <ActSheet
      title="Release the circuit"
      subject={circuit.circuit}
      button="Release"
      fault={form.why.trim() === "" ? "Say why: the reason goes into the decision record." : undefined}
      consequences={[
        `It is ${circuitStanding(circuit).word} now; its rule decides again from here on.`,
        "It is closed and counted anew: calls go through until the rule opens it.",
      ]}
      by={form.by}
      send={async (key) => {
        const done = await releaseCircuit(circuit.circuit, said(form), key);
        return told(done.reason, done.decision, done);
      }}
      onClose={props.onClose}
    >
      <SaidFields {...form} required onChange={(some) => setForm({ ...form, ...some })} />
    </ActSheet>
  );
}
