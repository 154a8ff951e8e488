import { useState } from "preact/hooks";
import type { GateView } from "../../../../functions/api/views-gates.ts";
import { author } from "../../access.ts";
import { setGate } from "../../api-delivery.ts";
import { SYSTEMS } from "../../delivery-words.ts";
import { ActSheet } from "../act-sheet.tsx";

const TITLES = { open: "Open the gate", close: "Close the gate", rollback: "Send it back" } as const;

function consequences(
  { system, service }: GateView,
  verb: "open" | "close",
  door: "gate" | "rollback",
): readonly string[] {
  const who = SYSTEMS[system];
  if (door === "rollback")
    return [`${who} is told to roll back the next time it asks.`, "It stays so until the rollout is another one."];
  if (verb === "close")
    return [`${who} is told to wait the next time it asks.`, "What it has done so far stays as it is."];
  return [
    `${who} is told to go on the next time it asks, and not before.`,
    `${service === "" ? "The release" : `The release of ${service}`} is judged all the same: what is worse is still refused.`,
  ];
}

/** A person's word at the gate of another system. */
export function GateDialog(props: {
  gate: GateView;
  verb: "open" | "close";
  door: "gate" | "rollback";
  onClose: () => void;
}) {
  const [{ gate, verb, door }] = useState(props);
  const [by, setBy] = useState(author.get());
  const name = by.trim();
  return (
    <ActSheet
      title={door === "rollback" ? TITLES.rollback : TITLES[verb]}
      subject={`${SYSTEMS[gate.system]} ${gate.id}`}
      button={door === "rollback" ? "Send back" : verb === "open" ? "Open" : "Close"}
      dangerous={door === "rollback"}
      fault={undefined}
      consequences={consequences(gate, verb, door)}
      by={by}
      send={async (key) => {
        const done = await setGate(gate, verb, { door, ...(name === "" ? {} : { by: name }) }, key);
        const set = door === "rollback" ? done.rollback : done.gate;
        return { told: [`Done: ${door === "rollback" ? "the way back" : "it"} is ${set?.status ?? verb}.`] };
      }}
      onClose={props.onClose}
    >
      <label class="field">
        Your name (optional)
        <input
          name="by"
          autocomplete="name"
          maxLength={100}
          value={by}
          onInput={(event) => setBy(event.currentTarget.value)}
        />
      </label>
    </ActSheet>
  );
}
