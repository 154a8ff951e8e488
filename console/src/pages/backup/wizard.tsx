import { useEffect, useState } from "preact/hooks";
import type { RestorePlanned } from "../../../../functions/api/views-backup.ts";
import { beginRestore, planRestore, recordOf } from "../../api-backup.ts";
import { asFailure } from "../../failure.ts";
import { number } from "../../format.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { RestorePlanView } from "../../parts/backup/restore-plan.tsx";
import { WizardFields } from "../../parts/backup/wizard-fields.tsx";
import { Loading } from "../../parts/looks.tsx";
import {
  FIRST_RESTORE,
  type RestoreForm,
  restoreConsequences,
  restoreFault,
  restoreRequest,
  touches,
} from "../../restore-form.ts";
import { backupLink, go, pageLink } from "../../router.ts";

/** Typing shall not ask at every letter: a plan reads the cluster. */
const REST_MS = 400;

interface Asked {
  readonly key: string;
  readonly plan?: RestorePlanned;
  readonly fault?: string;
}

/** What a restore with this form would do; asked again whenever it has rested. The last answer stays until the next is there. */
function usePlanned(plan: string, id: string, form: RestoreForm): Asked & { readonly stale: boolean } {
  const fault = restoreFault(form);
  const key = JSON.stringify([plan, id, form.into, fault === undefined ? restoreRequest(form) : fault]);
  const [asked, setAsked] = useState<Asked>({ key: "" });
  useEffect(() => {
    if (fault !== undefined) return setAsked({ key, fault });
    const controller = new AbortController();
    const into = form.into.trim();
    const timer = setTimeout(
      () => {
        const wanted = { ...(into === "" ? {} : { into }), request: restoreRequest(form) };
        planRestore(plan, id, wanted, controller.signal).then(
          (planned) => setAsked({ key, plan: planned }),
          (error: unknown) => {
            if (!controller.signal.aborted) setAsked({ key, fault: asFailure(error).message });
          },
        );
      },
      asked.key === "" ? 0 : REST_MS,
    );
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  return { ...asked, stale: asked.key !== key };
}

/** A restore in three steps on one page: what, what would happen, and begin. */
export function Wizard({ plan, id }: { plan: string; id: string }) {
  const [form, setForm] = useState(FIRST_RESTORE);
  const [tick, setTick] = useState({ approval: false, check: true });
  const all = usePlanned(plan, id, FIRST_RESTORE);
  const { plan: planned, fault, stale } = usePlanned(plan, id, form);
  const blocked = stale
    ? "The plan is being made"
    : (fault ?? (planned && planned.refusals.length > 0 ? "The plan is refused: see why" : undefined));
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/backups")}>Backups</a> / <a href={backupLink(plan)}>{plan}</a> /{" "}
        <a href={backupLink(plan, "points", id)}>{id}</a>
      </p>
      <h1 tabIndex={-1}>Restore</h1>
      <section>
        <h2>1. What, and where to</h2>
        <WizardFields
          form={form}
          topics={all.plan?.topics.map(({ source }) => source)}
          onChange={(some) => setForm({ ...form, ...some })}
        />
      </section>
      <section aria-busy={stale}>
        <h2>2. What would happen</h2>
        {fault !== undefined && !stale && <p class="note note-bad">{fault}</p>}
        {planned ? (
          <div class={stale ? "stale-plan" : undefined}>
            <RestorePlanView plan={planned} />
          </div>
        ) : (
          fault === undefined && <Loading what="the plan" rows={5} />
        )}
      </section>
      <section>
        <h2>3. Begin</h2>
        <p class="choices stacked">
          <label>
            <input
              type="checkbox"
              name="check"
              checked={tick.check}
              onChange={(event) => setTick({ ...tick, check: event.currentTarget.checked })}
            />
            Compare every record with the point afterwards
          </label>
          <label>
            <input
              type="checkbox"
              name="approval"
              checked={tick.approval}
              onChange={(event) => setTick({ ...tick, approval: event.currentTarget.checked })}
            />
            Wait until somebody approves it
          </label>
        </p>
        {planned && (
          <p>
            <ActButton
              name="begin"
              label={`Restore ${number(planned.totals.records)} records…`}
              primary
              off={blocked}
              act={{
                ...{
                  title: "Restore",
                  subject: id,
                  button: tick.approval ? "Ask for approval" : "Begin",
                  reason: true,
                },
                ...(touches(planned) ? { typed: plan } : {}),
                consequences: restoreConsequences(planned, tick.approval),
                send: async (said, key) => {
                  const into = form.into.trim();
                  const wanted = { point: id, ...(into === "" ? {} : { into }), request: restoreRequest(form) };
                  const begun = await beginRestore(plan, { ...wanted, ...tick, ...said }, key);
                  const decisions = await recordOf(`restore:${begun.id}`, tick.approval ? "planned" : "started");
                  go(backupLink(plan, "restores", begun.id));
                  return { told: [`${begun.id} begins.`], decisions };
                },
              }}
            />
            {blocked !== undefined && <span class="act-denied"> {blocked}</span>}
          </p>
        )}
      </section>
    </>
  );
}
