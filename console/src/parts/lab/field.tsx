import { useId, useState } from "preact/hooks";
import type { Field, NumberField, Value } from "../../lab/fields.ts";
import { faultOf } from "../../lab/section.ts";
import { shownValue, stopOf } from "../../lab/shown.ts";

interface Props<F> {
  readonly field: F;
  readonly value: Value | undefined;
  /** As it is without having been moved. */
  readonly before: Value | undefined;
  readonly onChange: (value: Value | undefined) => void;
}

/** One setting of a policy: a slider and the number beside it, a choice, a tick or a text. */
export function LabField(props: Props<Field>) {
  const { field, value, before, onChange } = props;
  const id = useId();
  const moved = value !== before;
  const label = (
    <>
      <label for={id}>{field.label}</label>
      {moved && (
        <button type="button" class="link lab-back" onClick={() => onChange(before)}>
          back to {shownValue(field, before)}
        </button>
      )}
    </>
  );
  switch (field.kind) {
    case "choice":
      return (
        <div class="lab-field" data-field={field.key} data-moved={moved}>
          {label}
          <select id={id} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
            {field.options.map(([one, text]) => (
              <option key={one} value={one}>
                {text}
              </option>
            ))}
          </select>
        </div>
      );
    case "text":
      return (
        <div class="lab-field" data-field={field.key} data-moved={moved}>
          {label}
          <input
            id={id}
            value={String(value ?? "")}
            maxLength={249}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          <Fault text={faultOf(field, value)} />
        </div>
      );
    case "flag":
      return (
        <div class="lab-field lab-flag" data-field={field.key} data-moved={moved}>
          <input
            id={id}
            type="checkbox"
            checked={value === true}
            onChange={(event) => onChange(event.currentTarget.checked)}
          />
          {label}
        </div>
      );
    default:
      return <Slider {...props} field={field} id={id} label={label} />;
  }
}

function Slider({
  field,
  value,
  before,
  onChange,
  id,
  label,
}: Props<NumberField> & { id: string; label: preact.ComponentChildren }) {
  const { stops, absent, hint, unit = "" } = field;
  // What is being typed may be no number yet.
  const [typed, setTyped] = useState<string>();
  const now = typeof value === "number" ? value : undefined;
  const fault = typed !== undefined && typed.trim() === "" && absent === undefined ? "a number" : faultOf(field, value);
  const take = (text: string) => {
    setTyped(text);
    if (text.trim() === "") return absent === undefined ? undefined : onChange(undefined);
    if (Number.isFinite(Number(text))) onChange(Number(text));
  };
  return (
    <div class="lab-field" data-field={field.key} data-moved={value !== before}>
      {label}
      <div class="lab-slide">
        <input
          id={id}
          type="range"
          min={absent === undefined ? 0 : -1}
          max={stops.length - 1}
          step={1}
          value={stopOf(stops, now)}
          aria-valuetext={shownValue(field, value)}
          aria-describedby={`${id}-hint`}
          onInput={(event) => {
            setTyped(undefined);
            onChange(stops[Number(event.currentTarget.value)]);
          }}
        />
        <input
          type="number"
          inputMode="decimal"
          step="any"
          min={field.min}
          max={field.max}
          value={typed ?? (now === undefined ? "" : String(now))}
          placeholder={absent === undefined ? "" : "–"}
          aria-label={unit === "" ? `${field.label}, as a number` : `${field.label}, in ${UNIT_WORDS[unit] ?? unit}`}
          aria-invalid={fault !== undefined}
          onInput={(event) => take(event.currentTarget.value)}
          onBlur={() => setTyped(undefined)}
        />
        <span class="lab-unit">{unit}</span>
      </div>
      <p class="lab-hint" id={`${id}-hint`}>
        {(field.kind === "duration" || now === undefined) && <strong>{shownValue(field, value)}</strong>} {hint}
      </p>
      <Fault text={fault} />
    </div>
  );
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  s: "seconds",
  "%": "percent",
  "×": "times",
  min: "minutes",
  "fleet-min": "minutes of the average fleet",
};

function Fault({ text }: { text: string | undefined }) {
  return (
    <p class="bad lab-fault" role="status">
      {text === undefined ? "" : `Must be ${text}.`}
    </p>
  );
}
