import type { ServiceSummary } from "../../../functions/api/views.ts";
import { type ActForm, type ActType, needsReason, SPANS } from "../acts.ts";
import { SaidFields } from "./said-fields.tsx";
import { TypedName } from "./typed-name.tsx";

const DIRECTIONS = [
  ["all", "out and in"],
  ["out", "only out"],
  ["in", "only in"],
] as const;

/** The questions of one action. */
export function ActFields(props: {
  type: ActType;
  form: ActForm;
  service: ServiceSummary;
  onChange: (change: Partial<ActForm>) => void;
}) {
  const { type, form, service, onChange } = props;
  return (
    <>
      {type === "pause" && (
        <fieldset class="choices">
          <legend>Direction</legend>
          {DIRECTIONS.map(([value, label]) => (
            <label key={value}>
              <input
                type="radio"
                name="direction"
                value={value}
                checked={form.direction === value}
                onChange={() => onChange({ direction: value })}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
      {type === "override" && (
        <label class="field">
          Instances{service.min === undefined ? "" : ` (${service.min} to ${service.max})`}
          <input
            name="desired"
            inputMode="numeric"
            autocomplete="off"
            value={form.desired}
            onInput={(event) => onChange({ desired: event.currentTarget.value })}
          />
        </label>
      )}
      {(type === "pause" || type === "override") && (
        <label class="field">
          For
          <select name="lasts" value={form.lasts} onChange={(event) => onChange({ lasts: event.currentTarget.value })}>
            {SPANS.map((span) => (
              <option key={span.text} value={span.text}>
                {span.label}
              </option>
            ))}
            {type === "pause" && <option value="">until somebody resumes</option>}
          </select>
        </label>
      )}
      <SaidFields why={form.why} by={form.by} required={needsReason(type)} onChange={onChange} />
      {type === "override" && (
        <TypedName name={service.name} value={form.typedName} onInput={(typedName) => onChange({ typedName })} />
      )}
    </>
  );
}
