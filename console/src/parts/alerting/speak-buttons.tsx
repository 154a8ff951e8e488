import { author } from "../../access.ts";
import { useActDenial } from "../../me.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { newSilence } from "../../silence-form.ts";
import { SilenceDialog } from "./silence-dialog.tsx";
import { SPEAKS, SpeakDialog, type SpeakType, type SpokenAbout } from "./speak-dialog.tsx";

/** Silence, acknowledge, comment: what a person can do about an alert or a group. */
export function SpeakButtons(props: {
  about: SpokenAbout;
  acknowledged: boolean;
  /** Matchers that a silence begins with; absent: none is offered. */
  matchers?: readonly string[];
  /** Only that somebody sees to it. */
  brief?: boolean;
}) {
  const { about, acknowledged, matchers, brief = false } = props;
  const denial = useActDenial();
  const silenceDenial = useActDenial("silences:write");
  const types: readonly SpeakType[] = brief
    ? ["acknowledge"]
    : [acknowledged ? "unacknowledge" : "acknowledge", "comment"];
  return (
    <span class="act-buttons">
      {types.map((type) => (
        <button
          key={type}
          type="button"
          data-speak={type}
          disabled={denial !== undefined || about.groups === 0}
          title={denial ?? (about.groups === 0 ? "It is over, and in no group any more" : undefined)}
          onClick={() => sheet.set(<SpeakDialog type={type} about={about} onClose={closeSheet} />)}
        >
          {SPEAKS[type].button}
        </button>
      ))}
      {matchers && (
        <button
          type="button"
          data-speak="silence"
          disabled={silenceDenial !== undefined}
          title={silenceDenial}
          onClick={() => sheet.set(<SilenceDialog given={newSilence(author.get(), matchers)} onClose={closeSheet} />)}
        >
          Silence
        </button>
      )}
      {denial && <span class="act-denied">{denial}</span>}
    </span>
  );
}
