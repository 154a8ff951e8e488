import type { JSX } from "preact";
import { isChosen, type RestoreForm, toggled } from "../../restore-form.ts";

const SHOWN = 100;

/** What of the point is wanted back, under which names, and what becomes of offsets and groups. */
export function WizardFields(props: {
  form: RestoreForm;
  /** Of the point; absent: not known yet. */
  topics: readonly string[] | undefined;
  onChange: (some: Partial<RestoreForm>) => void;
}) {
  const { form, topics = [], onChange } = props;
  const text = (name: "topics" | "prefix" | "groupPrefix" | "groupNames" | "into", label: string, hint?: string) => (
    <label class="field">
      {label}
      <input
        name={name}
        autocomplete="off"
        spellcheck={false}
        value={form[name]}
        onInput={(event) => onChange({ [name]: event.currentTarget.value })}
      />
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
  const choice = (
    name: "offsets" | "groups" | "existing",
    label: string,
    options: readonly (readonly [value: string, label: string])[],
  ): JSX.Element => (
    <label class="field">
      {label}
      <select
        name={name}
        value={form[name]}
        onChange={(event) => onChange({ [name]: event.currentTarget.value } as Partial<RestoreForm>)}
      >
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
  const tick = (name: "keepGroups" | "holdRetention" | "jobs", label: string) => (
    <label>
      <input
        type="checkbox"
        name={name}
        checked={form[name]}
        onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
      />
      {label}
    </label>
  );
  return (
    <div class="wizard">
      <fieldset class="wizard-topics">
        <legend class="unseen">Topics</legend>
        {text("topics", "Topics", "Names or patterns with * and ?; empty is all. Or tick them:")}
        <div class="ticks">
          {topics.slice(0, SHOWN).map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                data-topic={name}
                checked={isChosen(form, name)}
                onChange={() => onChange(toggled(form, name))}
              />
              <bdi class="mono">{name}</bdi>
            </label>
          ))}
          {topics.length > SHOWN && <span class="muted">and {topics.length - SHOWN} more, by pattern</span>}
        </div>
        {form.exclude !== "" && (
          <p class="hint">
            Left out: <bdi class="mono">{form.exclude}</bdi>
          </p>
        )}
      </fieldset>
      <div class="fields two">
        {text("prefix", "Prefix of the new names", "Beside the topics that are there: copy. makes copy.orders")}
        <label class="field">
          New names
          <textarea
            name="rename"
            rows={2}
            spellcheck={false}
            placeholder="old=new, one a line"
            value={form.rename}
            onInput={(event) => onChange({ rename: event.currentTarget.value })}
          />
        </label>
        {choice("offsets", "Offsets", [
          ["", "as they were, where that is possible"],
          ["keep", "keep each, or refuse"],
          ["translate", "translate: from the end of what is there"],
        ])}
        {choice("existing", "A topic that is there already", [
          ["", "refuse"],
          ["continue", "go on at its end as if it were this one"],
          ["append", "add to it"],
        ])}
        {choice("groups", "Groups of consumers", [
          ["", "those of these topics"],
          ["none", "none"],
          ["named", "these:"],
        ])}
        {form.groups === "named" && text("groupNames", "Names of groups")}
        {form.groups !== "none" && text("groupPrefix", "Prefix of groups", "So that those that run now are left alone")}
      </div>
      <details>
        <summary>More</summary>
        <div class="fields two">
          {text("into", "Into another cluster", "Its name under streams; empty is the plan's own")}
          <div class="choices stacked">
            {tick("keepGroups", "Groups that have a position keep it")}
            {tick("holdRetention", "Retention stays off afterwards, until somebody sets it")}
            {tick("jobs", "Start Flink jobs from their savepoints")}
          </div>
        </div>
      </details>
    </div>
  );
}
