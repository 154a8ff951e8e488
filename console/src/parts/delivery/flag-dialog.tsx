import { useState } from "preact/hooks";
import type { FlagView } from "../../../../functions/api/views-flags.ts";
import { author } from "../../access.ts";
import { killFlag, restoreFlag, setFlagShares } from "../../api-flags.ts";
import {
  FLAG_ACTS,
  type FlagAct,
  type FlagForm,
  flagActs,
  flagConsequences,
  flagFault,
  sharesWanted,
} from "../../flag-acts.ts";
import { told } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";

const STATUS = {
  decided: "Decided and recorded.",
  unchanged: "It is so already: there is nothing new to record.",
  busy: "Another worker is acting on this flag right now: nothing was done. Try again.",
  conflict: "Overtaken too often by other workers: nothing was done. Try again.",
} as const;

/** What can be done to a flag. */
export function FlagButtons({ flag }: { flag: FlagView }) {
  const denial = useActDenial();
  return (
    <span class="act-buttons">
      {flagActs(flag).map((act) => (
        <button
          key={act}
          type="button"
          data-flag-act={act}
          disabled={denial !== undefined}
          title={denial}
          onClick={() => sheet.set(<FlagDialog flag={flag} act={act} onClose={closeSheet} />)}
        >
          {FLAG_ACTS[act].button}
        </button>
      ))}
      {denial && <span class="act-denied">{denial}</span>}
    </span>
  );
}

/** Asks before a flag is changed above its configuration. */
export function FlagDialog(props: { flag: FlagView; act: FlagAct; onClose: () => void }) {
  const [{ flag, act }] = useState(props);
  const [form, setForm] = useState<FlagForm>(() => ({
    shares: Object.fromEntries(Object.keys(flag.variants).map((name) => [name, String(flag.shares[name] ?? 0)])),
    why: "",
    by: author.get(),
  }));
  const by = form.by.trim();
  const { title, button, dangerous } = FLAG_ACTS[act];
  return (
    <ActSheet
      title={title}
      subject={flag.name}
      button={button}
      dangerous={dangerous}
      fault={flagFault(act, form)}
      consequences={flagConsequences(act, flag, form)}
      by={form.by}
      send={async (key) => {
        const said = { why: form.why.trim(), ...(by === "" ? {} : { by }) };
        const done = await (act === "kill"
          ? killFlag(flag.name, said, key)
          : act === "restore"
            ? restoreFlag(flag.name, said, key)
            : setFlagShares(flag.name, { ...sharesWanted(act, form), ...said }, key));
        return {
          told: [STATUS[done.status], ...(done.text === undefined ? [] : [told(done.text)])],
          decisions: done.decision ? [done.decision.id] : [],
          ok: done.status === "decided" || done.status === "unchanged",
        };
      }}
      onClose={props.onClose}
    >
      {act === "shares" && (
        <div class="fields">
          {Object.entries(form.shares).map(([name, text]) => (
            <label key={name} class="field">
              <span>
                <bdi class="mono">{name}</bdi>, %
              </span>
              <input
                name={`share-${name}`}
                inputMode="decimal"
                autocomplete="off"
                value={text}
                onInput={(event) => setForm({ ...form, shares: { ...form.shares, [name]: event.currentTarget.value } })}
              />
            </label>
          ))}
        </div>
      )}
      <SaidFields why={form.why} by={form.by} required onChange={(some) => setForm({ ...form, ...some })} />
    </ActSheet>
  );
}
