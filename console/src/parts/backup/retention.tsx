import { useState } from "preact/hooks";
import type { BackupPlan, BackupPrune } from "../../../../functions/api/views-backup.ts";
import { getCost, lookAtPrune } from "../../api-backup.ts";
import { healAct, pruneAct, pruneTexts } from "../../backup-acts.ts";
import { bytes } from "../../backup-words.ts";
import { calmly } from "../../calm.ts";
import { asFailure } from "../../failure.ts";
import { duration, number, plural, told } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { useResource } from "../../resource.ts";
import { ActButton } from "./act.tsx";

const REST_MS = 300_000;
const SHOWN = 40;

const usd = (value: number): string => (value > 0 && value < 0.01 ? "less than $0.01" : `$${value.toFixed(2)}`);

/** What the plan costs, and what its retention would take away. */
export function Retention({ plan }: { plan: BackupPlan }) {
  return (
    <section>
      <div class="section-head">
        <h2>Cost and retention</h2>
        <span class="act-buttons">
          <ActButton name="heal" label="Heal" act={healAct(plan)} />
        </span>
      </div>
      <Cost plan={plan.plan} />
      <Prune plan={plan.plan} />
    </section>
  );
}

function Cost({ plan }: { plan: string }) {
  const key = `cost of ${plan}`;
  const { value, failure } = useResource(
    key,
    () => calmly(key, "", REST_MS, (signal) => getCost(plan, signal)),
    REST_MS,
  );
  if (value === undefined)
    return <p class="muted">{failure ? `What it costs is not known: ${failure.message}` : "Reckoning the cost…"}</p>;
  return (
    <div class="cost">
      <p>
        <strong>{usd(value.usdPerMonth)} a month</strong>{" "}
        <span class="muted">
          {value.basis} from {value.from}; {plural(value.points, "point")} over {duration(value.spanMs)} once it has run
          for as long as it keeps
        </span>
      </p>
      <ul>
        {value.places.map((one) => (
          <li key={one.place}>
            <bdi class="mono">{one.place}</bdi> {usd(one.usdPerMonth)}, {bytes(one.storedBytes)}
            {one.firstRunUsd > 0 && `; the first run ${usd(one.firstRunUsd)}`}
          </li>
        ))}
        {value.compute.map((one) => (
          <li key={one.what}>
            {one.what} {usd(one.usd)}, {number(one.quantity)} {one.unit}
          </li>
        ))}
      </ul>
      {value.notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
      <p class="hint">{value.prices}</p>
    </div>
  );
}

/** What would go and why, and only then the button that makes it go. */
function Prune({ plan }: { plan: string }) {
  const denial = useActDenial();
  const [asked, setAsked] = useState<{ readonly dry?: BackupPrune; readonly fault?: string; readonly busy?: boolean }>(
    {},
  );
  const look = () => {
    setAsked({ busy: true });
    lookAtPrune(plan).then(
      (dry) => setAsked({ dry }),
      (error: unknown) => setAsked({ fault: asFailure(error).message }),
    );
  };
  const { dry, fault, busy } = asked;
  return (
    <div class="prune">
      <button type="button" data-look="prune" disabled={denial !== undefined || busy} title={denial} onClick={look}>
        {busy ? "Looking…" : "What would retention remove?"}
      </button>
      {fault && <p class="bad">{fault}</p>}
      {dry && (
        <div role="status">
          {pruneTexts(dry).map((text) => (
            <p key={text}>{text}</p>
          ))}
          {dry.remove.length > 0 && (
            <>
              <Fates title="Would go" fates={dry.remove} />
              <p>
                <ActButton name="prune" label="Remove them…" act={pruneAct(plan, dry)} />
              </p>
            </>
          )}
          <Fates title="Stay" fates={dry.keep} />
        </div>
      )}
    </div>
  );
}

function Fates({ title, fates }: { title: string; fates: BackupPrune["keep"] }) {
  return (
    <details open={title !== "Stay"}>
      <summary>
        {title}: {plural(fates.length, "point")}
      </summary>
      <ul class="fates">
        {fates.slice(0, SHOWN).map(({ id, why }) => (
          <li key={id}>
            <code>{id}</code> {told(why.join("; "))}
          </li>
        ))}
        {fates.length > SHOWN && <li class="muted">and {fates.length - SHOWN} more</li>}
      </ul>
    </details>
  );
}
