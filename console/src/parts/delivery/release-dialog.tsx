import { useState } from "preact/hooks";
import type { DeliveryServiceView, RolloutPlanView } from "../../../../functions/api/views-delivery.ts";
import { author } from "../../access.ts";
import { getPlan, releaseVersion } from "../../api-delivery.ts";
import { STRATEGIES } from "../../delivery-words.ts";
import { told } from "../../format.ts";
import { type ReleaseForm, releaseFault, releaseLine, releaseWanted } from "../../release-form.ts";
import { planText } from "../../release-words.ts";
import { useResource } from "../../resource.ts";
import { ActSheet } from "../act-sheet.tsx";
import { Copy } from "../copy.tsx";
import { SaidFields } from "../said-fields.tsx";

const PLAN_MS = 60_000;
const CHOICES = Object.entries(STRATEGIES) as [RolloutPlanView["strategy"], string][];

/** Deploys a version: what is not said is as in the version that serves now. */
export function ReleaseDialog(props: { view: DeliveryServiceView; onClose: () => void }) {
  const [{ summary }] = useState(props.view);
  const { service, stable, mode, strategy } = summary;
  const [form, setForm] = useState<ReleaseForm>({
    ...{ version: "", image: "", command: "", environment: "", strategy: "", count: "", why: "" },
    by: author.get(),
  });
  const change = (some: Partial<ReleaseForm>) => setForm({ ...form, ...some });
  const asked = form.strategy === "" ? undefined : form.strategy;
  const plan = useResource(`plan ${asked ?? ""} ${service}`, (signal) => getPlan(service, asked, signal), PLAN_MS);
  const field = (name: "version" | "image" | "command" | "count", label: string, hint: string) => (
    <label class="field">
      {label}
      <input
        name={name}
        autocomplete="off"
        spellcheck={false}
        maxLength={2_000}
        placeholder={hint}
        inputMode={name === "count" ? "numeric" : undefined}
        value={form[name]}
        onInput={(event) => change({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <ActSheet
      title="Deploy a version"
      subject={service}
      button="Deploy"
      wide
      fault={releaseFault(form)}
      consequences={
        plan.value
          ? planText(plan.value, mode)
          : [
              plan.failure
                ? `What it will go through is not known: ${plan.failure.message}`
                : "Asking what it will go through…",
            ]
      }
      by={form.by}
      send={async (key) => {
        const done = await releaseVersion(service, releaseWanted(form), key);
        return {
          told: [
            told(done.decision?.sentence ?? `${done.version}: ${done.text}`),
            ...done.warnings.map((text) => `Warning: ${told(text)}`),
          ],
          decisions: done.decision ? [done.decision.id] : [],
          ok: done.rollout !== undefined || mode !== "act",
        };
      }}
      onClose={props.onClose}
    >
      <p class="muted">
        {stable === undefined
          ? "Nothing serves yet: give an image or a command."
          : "What is left empty is as in the version that serves now, "}
        {stable !== undefined && <bdi class="mono">{stable}</bdi>}
      </p>
      <div class="fields two">
        {field("version", "Version", "made from its content")}
        <label class="field">
          Strategy
          <select
            name="strategy"
            value={form.strategy}
            onChange={(event) => change({ strategy: event.currentTarget.value as ReleaseForm["strategy"] })}
          >
            <option value="">as configured: {STRATEGIES[strategy]}</option>
            {CHOICES.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {field("image", "Image", "registry.example/orders:2.4.1")}
        {field("command", "Command (instead of the image's)", "node server.mjs")}
        {field("count", "Instances", "as many as now")}
      </div>
      <label class="field">
        Environment, NAME=value, one a line; a secret as ssm:/path or env:NAME
        <textarea
          name="environment"
          rows={3}
          spellcheck={false}
          maxLength={20_000}
          value={form.environment}
          onInput={(event) => change({ environment: event.currentTarget.value })}
        />
      </label>
      <SaidFields why={form.why} by={form.by} required onChange={change} />
      <details>
        <summary>The same on the command line</summary>
        <pre>{releaseLine(service, form)}</pre>
        <Copy label="Copy" text={() => releaseLine(service, form)} />
      </details>
    </ActSheet>
  );
}
