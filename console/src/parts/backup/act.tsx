import { useState } from "preact/hooks";
import { author } from "../../access.ts";
import type { Said } from "../../api-traffic.ts";
import { useActDenial } from "../../me.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { ActSheet, type Told } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";
import { TypedName } from "../typed-name.tsx";

/** Something that may be done to a plan, a point or a restore. */
export interface BackupAct {
  readonly title: string;
  readonly subject: string;
  readonly button: string;
  /** Whether a reason is recorded with it. */
  readonly reason: boolean;
  /** For what is dangerous: what has to be typed. */
  readonly typed?: string;
  readonly consequences: readonly string[];
  readonly send: (said: Said, idempotencyKey: string) => Promise<Told>;
}

function ActDialog({ act: asked, onClose }: { act: BackupAct; onClose: () => void }) {
  // The page goes on living while the dialog is open: what was shown is what is meant.
  const [act] = useState(asked);
  const [form, setForm] = useState({ why: "", by: author.get(), typedName: "" });
  const change = (some: Partial<typeof form>) => setForm({ ...form, ...some });
  const by = form.by.trim();
  const fault =
    act.reason && form.why.trim() === ""
      ? "Say why: the reason goes into the decision record."
      : act.typed !== undefined && form.typedName !== act.typed
        ? "Type the name to confirm."
        : undefined;
  return (
    <ActSheet
      title={act.title}
      subject={act.subject}
      button={act.button}
      dangerous={act.typed !== undefined}
      fault={fault}
      consequences={act.consequences}
      {...(act.reason ? { by: form.by } : {})}
      send={(key) => act.send({ why: form.why.trim(), ...(by === "" ? {} : { by }) }, key)}
      onClose={onClose}
    >
      {act.reason && <SaidFields why={form.why} by={form.by} required onChange={change} />}
      {act.typed !== undefined && (
        <TypedName name={act.typed} value={form.typedName} onInput={(typedName) => change({ typedName })} />
      )}
    </ActSheet>
  );
}

/** A button that asks before it does; for whoever may only look it is off, and says why. */
export function ActButton(props: {
  readonly name: string;
  readonly label: string;
  readonly primary?: boolean;
  readonly off?: string | undefined;
  readonly act: BackupAct;
}) {
  const { name, label, primary, off, act } = props;
  const denial = useActDenial() ?? off;
  return (
    <button
      type="button"
      class={primary ? "primary" : undefined}
      data-act={name}
      disabled={denial !== undefined}
      title={denial}
      onClick={() => sheet.set(<ActDialog act={act} onClose={closeSheet} />)}
    >
      {label}
    </button>
  );
}
