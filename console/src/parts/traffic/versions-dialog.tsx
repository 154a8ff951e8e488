import { useState } from "preact/hooks";
import type { VersionsView } from "../../../../functions/api/views-traffic.ts";
import { author } from "../../access.ts";
import { setVersions } from "../../api-traffic.ts";
import { told } from "../../format.ts";
import { versionsText } from "../../traffic-words.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";

const STATUS = {
  decided: "Decided and recorded.",
  unchanged: "These shares are in force already: there is nothing new to record.",
  busy: "Another worker is acting on this service right now: nothing was done. Try again.",
  conflict: "Overtaken too often by other workers: nothing was done. Try again.",
} as const;

/** The shares that were typed; undefined where one is none. Empty is 0. */
function readShares(form: Readonly<Record<string, string>>): Record<string, number> | undefined {
  const pairs = Object.entries(form).map(([name, text]) => [name, Number(text.trim().replace(",", "."))] as const);
  return pairs.every(([, share]) => share >= 0 && share <= 1_000_000) ? Object.fromEntries(pairs) : undefined;
}

/** Sets the shares of versions, or gives them back to the configuration. */
export function VersionsDialog(props: {
  service: string;
  versions: VersionsView;
  /** Versions that any backend has. */
  names: readonly string[];
  release?: boolean;
  onClose: () => void;
}) {
  const { service, release = false, onClose } = props;
  const [{ versions, names }] = useState(props);
  const [shares, setShares] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(
      [...new Set([...Object.keys(versions.shares), ...names])].map((name) => [
        name,
        String(versions.shares[name] ?? 0),
      ]),
    ),
  );
  const [form, setForm] = useState({ why: "", by: author.get() });
  const read = readShares(shares);
  const some = read !== undefined && Object.values(read).some((share) => share > 0);
  const by = form.by.trim();
  const now = versionsText(versions.shares);
  const missing = Object.entries(read ?? {}).flatMap(([name, share]) =>
    share > 0 && !names.includes(name) ? [`No backend runs ${name}: its share has nowhere to go.`] : [],
  );
  const fault =
    form.why.trim() === ""
      ? "Say why: the reason goes into the decision record."
      : release || some
        ? undefined
        : read === undefined
          ? "A share is a number from 0 on."
          : "No version would get anything.";
  return (
    <ActSheet
      title={release ? "Give the shares back" : "Set shares of versions"}
      subject={service}
      button={release ? "Give back" : "Set shares"}
      fault={fault}
      consequences={
        release
          ? [`Now ${now}.`, "The shares of the configuration hold again from the next look of each gateway on."]
          : [
              `${now === "" ? "Versions are not weighed now" : `Now ${now}`}; then ${some ? versionsText(read) : "…"}: absolute, above the configuration's until they are given back.`,
              ...missing,
              "Requests in flight go on where they are; what was served is compared with it afterwards.",
            ]
      }
      by={form.by}
      send={async (key) => {
        const said = { why: form.why.trim(), ...(by === "" ? {} : { by }) };
        const wanted = release ? { release: true as const } : { shares: read ?? {}, takeOver: false };
        const done = await setVersions(service, { ...wanted, ...said }, key);
        return {
          told: [STATUS[done.status], ...(done.decision ? [told(done.decision.sentence)] : [])],
          decisions: done.decision ? [done.decision.id] : [],
          ok: done.status === "decided" || done.status === "unchanged",
        };
      }}
      onClose={onClose}
    >
      {!release && (
        <div class="fields">
          {Object.entries(shares).map(([name, text]) => (
            <label key={name} class="field">
              <bdi>{name}</bdi>
              <input
                name={`share-${name}`}
                inputMode="decimal"
                autocomplete="off"
                value={text}
                onInput={(event) => setShares({ ...shares, [name]: event.currentTarget.value })}
              />
            </label>
          ))}
        </div>
      )}
      <SaidFields {...form} required onChange={(change) => setForm({ ...form, ...change })} />
    </ActSheet>
  );
}
