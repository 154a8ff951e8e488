import { useState } from "preact/hooks";
import { author } from "../../access.ts";
import { acknowledge, comment, type Spoken } from "../../api-alerting.ts";
import { plural } from "../../format.ts";
import { ActSheet } from "../act-sheet.tsx";
import { SaidFields } from "../said-fields.tsx";

export type SpeakType = "acknowledge" | "unacknowledge" | "comment";

export const SPEAKS: Readonly<Record<SpeakType, { readonly title: string; readonly button: string }>> = {
  acknowledge: { title: "Acknowledge", button: "Acknowledge" },
  unacknowledge: { title: "Take back the acknowledgement", button: "Take acknowledgement back" },
  comment: { title: "Comment", button: "Comment" },
};

/** What is spoken about, as far as the dialog says what will happen. */
export interface SpokenAbout extends Spoken {
  readonly name: string;
  /** Groups it is in. */
  readonly groups: number;
  /** Who would be told next if nobody acknowledged. */
  readonly escalatesTo?: string | undefined;
}

function consequences(type: SpeakType, { groups, escalatesTo, alert }: SpokenAbout): readonly string[] {
  const all = groups === 1 ? "its group" : `all of its ${plural(groups, "group")}`;
  const kept = "It is kept with your comment, as a decision record.";
  const scope = alert === undefined || groups === 0 ? [] : [`It counts for ${all}: alerts are told of by group.`];
  switch (type) {
    case "acknowledge":
      return [
        "Everybody sees that you see to it. It is not told of again while nothing changes.",
        ...(escalatesTo === undefined ? [] : [`${escalatesTo} is not told any more.`]),
        "New alerts of the group are still told of and end the acknowledgement; its end is told too.",
        ...scope,
        kept,
      ];
    case "unacknowledge":
      return [
        "Nobody counts as seeing to it any more: it is told of again after its repeat interval.",
        "If an escalation is set up, its time counts as before.",
        ...scope,
        kept,
      ];
    default:
      return [
        "It stands beside the alert for everybody to read. Nothing is sent, nothing is held back.",
        ...scope,
        kept,
      ];
  }
}

/** The dialog of what a person says about an alert or a group. */
export function SpeakDialog(props: { type: SpeakType; about: SpokenAbout; onClose: () => void }) {
  const { type, onClose } = props;
  const [said, setSaid] = useState({ why: "", by: author.get() });
  // The page goes on living while the dialog is open: what is meant is what was pressed.
  const [about] = useState(props.about);
  const why = said.why.trim();
  const by = said.by.trim();
  const named = by === "" ? {} : { by };
  return (
    <ActSheet
      title={SPEAKS[type].title}
      subject={about.name}
      button={SPEAKS[type].button}
      fault={why === "" ? "Say why, or what you are doing: it stands beside the alert." : undefined}
      consequences={consequences(type, about)}
      by={by}
      send={async (key) => {
        const done =
          type === "comment"
            ? await comment(about, { text: why, ...named }, key)
            : await acknowledge(
                about,
                { comment: why, ...named, ...(type === "unacknowledge" && { undo: true }) },
                key,
              );
        const groups = plural(done.groups.length, "group");
        return {
          told: [
            done.groups.length === 0
              ? "Nothing was open any more: there was nothing to do."
              : {
                  acknowledge: `Acknowledged: ${groups}.`,
                  unacknowledge: `Taken back: ${groups}.`,
                  comment: `Kept with ${groups}.`,
                }[type],
          ],
          decisions: done.decisions,
          ok: done.groups.length > 0,
        };
      }}
      onClose={onClose}
    >
      <SaidFields {...said} required onChange={(change) => setSaid({ ...said, ...change })} />
    </ActSheet>
  );
}
