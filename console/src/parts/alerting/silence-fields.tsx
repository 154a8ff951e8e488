import type { ComponentChildren } from "preact";
import type { SilenceView } from "../../../../functions/api/views-alerting.ts";
import { getAlertRoutes } from "../../api-alerting.ts";
import { useNow } from "../../clock.ts";
import { zone } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { windowText } from "../../routed-words.ts";
import { localText, REMIND_SPANS, SILENCE_SPANS, type SilenceForm } from "../../silence-form.ts";
import { SilenceWeek } from "./silence-week.tsx";

interface FieldsProps {
  readonly form: SilenceForm;
  readonly editing: SilenceView | undefined;
  readonly onChange: (change: Partial<SilenceForm>) => void;
}

/** The questions of a silence: what, when, why. */
export function SilenceFields(props: FieldsProps & { children: ComponentChildren }) {
  const { form, editing, onChange, children } = props;
  return (
    <>
      <label class="field">
        Matchers, one a line; all of them have to hold
        <textarea
          name="matchers"
          class="mono"
          rows={Math.min(10, Math.max(3, form.matchers.split("\n").length))}
          spellcheck={false}
          placeholder={'alertname="KafkaDown"\ninstance=~"db-.*"'}
          value={form.matchers}
          onInput={(event) => onChange({ matchers: event.currentTarget.value })}
        />
        <span class="hint">An empty line begins another set: one of the sets has to hold.</span>
      </label>
      {children}
      <When form={form} editing={editing} onChange={onChange} />
      <label class="check">
        <input
          type="checkbox"
          name="untilResolved"
          checked={form.untilResolved}
          onChange={(event) => onChange({ untilResolved: event.currentTarget.checked })}
        />
        ends sooner, when everything it matches has resolved
      </label>
      <Recurring form={form} editing={editing} onChange={onChange} />
      <Remind form={form} onChange={onChange} />
      <label class="field">
        Comment
        <input
          name="why"
          autocomplete="off"
          maxLength={500}
          required
          value={form.why}
          onInput={(event) => onChange({ why: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        Your name (optional)
        <input
          name="by"
          autocomplete="name"
          maxLength={100}
          value={form.by}
          onInput={(event) => onChange({ by: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

function When({ form, editing, onChange }: FieldsProps) {
  const now = useNow();
  const begun = editing?.state === "active";
  return (
    <div class="fields">
      {!begun && (
        <label class="field">
          Begins (empty: now)
          <input
            type="datetime-local"
            name="starts"
            value={form.starts}
            onInput={(event) => onChange({ starts: event.currentTarget.value })}
          />
        </label>
      )}
      <label class="field">
        {begun ? "Ends" : "Lasts"}
        <select
          name="lasts"
          value={form.lasts}
          onChange={(event) => {
            const lasts = event.currentTarget.value;
            onChange({ lasts, ...(lasts === "" && form.ends === "" ? { ends: localText(now + 7_200_000) } : {}) });
          }}
        >
          {SILENCE_SPANS.map((span) => (
            <option key={span.text} value={span.text}>
              {begun ? `${span.label} from now` : span.label}
            </option>
          ))}
          <option value="">at a time</option>
        </select>
      </label>
      {form.lasts === "" && (
        <label class="field">
          End ({zone()})
          <input
            type="datetime-local"
            name="ends"
            value={form.ends}
            onInput={(event) => onChange({ ends: event.currentTarget.value })}
          />
        </label>
      )}
    </div>
  );
}

function Recurring({ form, editing, onChange }: FieldsProps) {
  return (
    <>
      <label class="field">
        Holds
        <select
          name="recurs"
          value={form.recurs}
          onChange={(event) => onChange({ recurs: event.currentTarget.value as SilenceForm["recurs"] })}
        >
          <option value="no">all the time between beginning and end</option>
          <option value="weekly">again and again: on days of the week, at hours</option>
          {editing?.recurs && <option value="kept">as it is: {editing.recurs.map(windowText).join("; ")}</option>}
        </select>
      </label>
      {form.recurs === "weekly" && <SilenceWeek form={form} onChange={onChange} />}
    </>
  );
}

function Remind({ form, onChange }: Pick<FieldsProps, "form" | "onChange">) {
  const receivers = useResource("alerting routes", getAlertRoutes, 60_000).value?.receivers ?? [];
  const known = receivers.some(({ name }) => name === form.remindTo);
  const spans = REMIND_SPANS.some(([text]) => text === form.remindBefore || form.remindBefore === "")
    ? REMIND_SPANS
    : [...REMIND_SPANS, [form.remindBefore, form.remindBefore] as const];
  return (
    <div class="fields">
      <label class="field">
        Notice before it ends
        <select
          name="remindBefore"
          value={form.remindBefore}
          onChange={(event) => onChange({ remindBefore: event.currentTarget.value })}
        >
          <option value="">none</option>
          {spans.map(([text, label]) => (
            <option key={text} value={text}>
              {label} before
            </option>
          ))}
        </select>
      </label>
      {form.remindBefore !== "" && (
        <label class="field">
          to
          <select
            name="remindTo"
            value={form.remindTo}
            onChange={(event) => onChange({ remindTo: event.currentTarget.value })}
          >
            <option value="">choose a receiver</option>
            {!known && form.remindTo !== "" && <option value={form.remindTo}>{form.remindTo}</option>}
            {receivers.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
