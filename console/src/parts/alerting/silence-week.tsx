import { WEEKDAYS } from "../../routed-words.ts";
import type { SilenceForm } from "../../silence-form.ts";

/** As weeks are read: from Monday. */
const ORDER = [1, 2, 3, 4, 5, 6, 0] as const;

/** Days of the week and hours in which a silence comes again. */
export function SilenceWeek(props: { form: SilenceForm; onChange: (change: Partial<SilenceForm>) => void }) {
  const { form, onChange } = props;
  return (
    <>
      <fieldset class="choices">
        <legend>On</legend>
        {ORDER.map((day) => (
          <label key={day}>
            <input
              type="checkbox"
              name={`day-${WEEKDAYS[day]}`}
              checked={form.days.includes(day)}
              onChange={(event) =>
                onChange({
                  days: event.currentTarget.checked ? [...form.days, day] : form.days.filter((one) => one !== day),
                })
              }
            />
            {WEEKDAYS[day].slice(0, 3)}
          </label>
        ))}
      </fieldset>
      <div class="fields">
        <label class="field">
          From
          <input
            name="from"
            inputMode="numeric"
            maxLength={5}
            size={5}
            value={form.from}
            onInput={(event) => onChange({ from: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          To
          <input
            name="to"
            inputMode="numeric"
            maxLength={5}
            size={5}
            value={form.to}
            onInput={(event) => onChange({ to: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          Time zone
          <input
            name="zone"
            maxLength={60}
            spellcheck={false}
            value={form.zone}
            onInput={(event) => onChange({ zone: event.currentTarget.value })}
          />
        </label>
      </div>
    </>
  );
}
