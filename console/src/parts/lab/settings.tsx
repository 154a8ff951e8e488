import { useState } from "preact/hooks";
import { KINDS, SECTION, type Value } from "../../lab/fields.ts";
import { choose, isMeant, move, ownIndex, settingOf, type Tried, triedKind, unmoved } from "../../lab/section.ts";
import type { Members } from "../../values.ts";
import { LabField } from "./field.tsx";

const OWN = "own";

/** Which policy, and its settings as sliders. */
export function Settings(props: {
  tried: Tried;
  section: Members;
  /** Whether the section is a service's own. */
  service: string | undefined;
  onMove: (tried: Tried) => void;
  onChoose: (tried: Tried) => void;
}) {
  const { tried, section, service, onMove, onChoose } = props;
  const kind = triedKind(tried, section);
  const hasOwn = service !== undefined && ownIndex(section) >= 0;
  const others = (Array.isArray(section["policies"]) ? section["policies"].length : 0) - 1;
  // On a phone they are a tap away, so that what is moved and what comes of it are near each other.
  const [open] = useState(() => innerWidth >= 1024 || SECTION.some(({ key }) => tried.set[key] !== undefined));
  const shown = (field: (typeof kind.fields)[number]) => (
    <LabField
      key={`${kind.type} ${field.key}`}
      field={field}
      value={settingOf(field, tried, section)}
      before={unmoved(field, tried, section)}
      onChange={(value: Value | undefined) => onMove(move(tried, field, value, section))}
    />
  );
  return (
    <form class="lab-settings" aria-label="Policy" onSubmit={(event) => event.preventDefault()}>
      <div class="lab-field">
        <label for="lab-policy">Policy</label>
        <select
          id="lab-policy"
          name="policy"
          value={tried.type ?? (hasOwn ? OWN : kind.type)}
          onChange={({ currentTarget: { value } }) => onChoose(choose(tried, value === OWN ? undefined : value))}
        >
          {hasOwn && (
            <option value={OWN}>as it is today: {triedKind({ ...tried, type: undefined }, section).label}</option>
          )}
          {KINDS.map(({ type, label }) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </select>
        <p class="lab-hint">{kind.told}</p>
      </div>
      {hasOwn && tried.type === undefined && others > 0 && (
        <p class="lab-hint">Its other policies ({others}) stay as they are.</p>
      )}
      {kind.fields.filter((field) => isMeant(field, tried, section)).map(shown)}
      <details open={open}>
        <summary>Bounds of the service</summary>
        <div class="lab-bounds">{SECTION.map(shown)}</div>
      </details>
    </form>
  );
}
