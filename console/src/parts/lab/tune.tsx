import { useState } from "preact/hooks";
import type { TuneView } from "../../../../functions/api/views-autoscaling-tune.ts";
import { number, plural } from "../../format.ts";
import { findBest, type Played, playLab } from "../../lab/api-lab.ts";
import { type ObjectiveForm, objectiveOf } from "../../lab/objective.ts";
import { type Tried, triedOf } from "../../lab/section.ts";
import { usePlayed } from "../../lab/use-played.ts";
import { verdictText } from "../../lab/words.ts";
import { briefPolicy, yamlOf } from "../../lab/yaml.ts";
import type { Members } from "../../values.ts";
import { Failed, Loading } from "../looks.tsx";

/** Says what things cost, and has policy and settings picked on one half of the days; the other half scores the choice. */
export function Tune(props: {
  load: Played;
  question: string;
  /** Today's section, where the load is of a service. */
  section: Members | undefined;
  form: ObjectiveForm;
  onForm: (form: ObjectiveForm) => void;
  onTry: (tried: Tried) => void;
}) {
  const { load, section, form, onForm, onTry } = props;
  const objective = objectiveOf(form);
  const question = `${props.question} ${JSON.stringify(objective)}`;
  const [wanted, setWanted] = useState<string>();
  const asked = wanted === question && typeof objective !== "string" ? question : undefined;
  const { value, of, failure, busy, retry } = usePlayed(
    asked,
    (signal) => findBest({ ...load, ...(typeof objective === "string" ? {} : { objective }) }, signal),
    0,
  );
  const here = of === question ? value : undefined;
  const field = (name: "taskHour" | "violationMinute" | "slo", label: string) => (
    <label>
      {label}
      <input
        type="number"
        name={name}
        inputMode="decimal"
        step="any"
        min={name === "slo" ? 50 : 0}
        max={name === "slo" ? 100 : undefined}
        value={form[name]}
        onInput={(event) => onForm({ ...form, [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <section aria-labelledby="lab-tune">
      <h2 id="lab-tune">The best policy for what things cost</h2>
      <form
        class="lab-tune"
        onSubmit={(event) => {
          event.preventDefault();
          if (typeof objective !== "string") setWanted(question);
        }}
      >
        <fieldset class="choices">
          <legend>Objective</legend>
          {(
            [
              ["prices", "prices"],
              ["slo", "share of good minutes"],
            ] as const
          ).map(([by, label]) => (
            <label key={by}>
              <input
                type="radio"
                name="by"
                value={by}
                checked={form.by === by}
                onChange={() => onForm({ ...form, by })}
              />
              {label}
            </label>
          ))}
        </fieldset>
        {form.by === "prices" ? (
          <>
            {field("taskHour", "A task costs an hour")}
            {field("violationMinute", "A bad minute costs")}
          </>
        ) : (
          field("slo", "Percent of minutes to be good")
        )}
        <button type="submit" data-lab="tune" disabled={busy || typeof objective === "string"}>
          {busy ? "Searching…" : "Find the best"}
        </button>
        <p class={typeof objective === "string" ? "bad" : "muted"} role="status">
          {typeof objective === "string"
            ? objective
            : busy
              ? "Some hundred policies are played over the days: this takes up to a minute."
              : "In one currency, whichever it is. Picked on one half of the days, scored on the other."}
        </p>
      </form>
      {failure && !busy && wanted === question && <Failed failure={failure} what="search" retry={retry} />}
      {busy && here === undefined && <Loading what="the search" rows={4} />}
      {here && <Picked view={here} load={load} section={section} question={question} onTry={onTry} />}
    </section>
  );
}

const daysText = ([from, to]: readonly [number, number]): string =>
  from === to ? `day ${from}` : `days ${from}–${to}`;

function Picked(props: {
  view: TuneView;
  load: Played;
  section: Members | undefined;
  question: string;
  onTry: (tried: Tried) => void;
}) {
  const { view, load, section, onTry } = props;
  const { picked, trainDays, scoreDays, train, families, tried, withinLimits } = view;
  const today = usePlayed(
    section === undefined ? undefined : props.question,
    (signal) => playLab({ ...load, policy: "current", days: scoreDays.join("-") }, signal),
    0,
  );
  const policy = picked.written;
  const loaded = triedOf(policy);
  return (
    <div class="lab-picked" aria-live="polite">
      <p>
        Picked <strong>{picked.name}</strong>, of {tried} tried: J {number(view.j)} on {daysText(scoreDays)}, which the
        choice had not seen ({number(train.j)} on {daysText(trainDays)}, which it had). Perfect foresight would be 1.
      </p>
      {today.value && <p>{verdictText(view, today.value.measures)}</p>}
      {!withinLimits && (
        <p class="note">
          No policy kept the limits (actions a day, or the share of good minutes): this is the best of all.
        </p>
      )}
      <p class="muted">
        {plural(view.violationMinutes, "bad minute")}, {number(view.costRatio)} × the cost of perfect foresight,{" "}
        {number(view.actionsPerDay)} actions a day
        {view.money &&
          `; ${number(view.money.perDay)} a day in your currency, ${number(view.money.violations)} of ${number(view.money.total)} for bad minutes`}
        .
      </p>
      {families.length > 0 && (
        <p class="muted">
          Best of each family on {daysText(trainDays)}:{" "}
          {families.map(({ name, j }) => `${name} ${number(j)}`).join(", ")}.
        </p>
      )}
      <pre>{yamlOf([briefPolicy(policy)])}</pre>
      <p>
        {loaded && (
          <button type="button" data-lab="take" onClick={() => onTry(loaded)}>
            Put it on the sliders
          </button>
        )}
      </p>
    </div>
  );
}
