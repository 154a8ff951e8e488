import { Hono } from "hono/tiny";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { ParseOptions } from "../../shared/shell/config-read.ts";
import { type AppliedConfig, applyConfig, currentConfig, planConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { jsonBody } from "../api/validate.ts";
import type { ConfigAppliedView, ConfigCheckView, ConfigPlanView, ConfigView } from "../api/views.ts";

/** The file, and the files it names (prometheus.yml, rule files) by their paths as written. */
const Texts = { text: v.string(), files: v.optional(v.record(v.string(), v.string())) };
export const TextBody = v.strictObject(Texts);
export const ApplyBody = v.strictObject({
  ...Texts,
  by: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))),
  /** The version the plan was made against; null: none was in force. Another one by now is a conflict. */
  expected: v.optional(v.nullable(v.string())),
});

type Given = v.InferOutput<typeof TextBody>;

async function readersOf(files: Given["files"]): Promise<ParseOptions> {
  if (!files) return {};
  const { givenFiles, readersFrom } = await import("./parse-files.ts");
  return readersFrom(givenFiles(files));
}

/** Parsed when first asked for: the YAML reader is larger than everything else the API loads. */
async function parsed({ text, files }: Given) {
  const { readConfig } = await import("./parse.ts");
  const read = readConfig(text, await readersOf(files));
  return read.checked(
    ...(read.hasReleases ? [(await import("./parse-releases.ts")).checkReleases] : []),
    ...(read.hasBackups ? [(await import("./parse-backups.ts")).checkBackups] : []),
    ...(read.hasCosts ? [(await import("./parse-costs.ts")).checkCosts] : []),
    ...(read.hasOncall ? [(await import("./parse-oncall.ts")).checkOncalls()] : []),
  );
}

async function valid(given: Given) {
  const result = await parsed(given);
  if (result.ok) return result;
  const [first] = result.faults;
  const more = result.faults.length > 1 ? ` (and ${result.faults.length - 1} more)` : "";
  throw new HeadgateError("config.invalid", `${first?.path}: ${first?.message}${more}`, { faults: result.faults });
}

/** /api/v1/config: what is in force, and changing it. A bad file never replaces a good one. */
export function configRoutes(runtime: Runtime) {
  const plan = async (tenant: string, next: Awaited<ReturnType<typeof valid>>): Promise<ConfigPlanView> => {
    const { partWarnings, planAlarms } = await import("../deferred.ts");
    const warnings = partWarnings(runtime, next.config);
    const current = await currentConfig(runtime, tenant);
    // What knows the secrets of alertmanager.yml is large, and most configurations have none.
    const secretive = next.config.alerting !== undefined || current?.config.alerting !== undefined;
    const redacted = secretive ? (await import("./parse-files.ts")).redacted : undefined;
    const [changes, alarms] = await Promise.all([
      planConfig(runtime, tenant, next.config, redacted),
      planAlarms(runtime, tenant, next.config),
    ]);
    return {
      version: next.version,
      ...(current ? { current: current.version } : {}),
      changes,
      alarms,
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  };

  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const current = await currentConfig(runtime, c.get("principal").tenant);
      const view: ConfigView = { clock: clockOf(runtime), ...current };
      if (!current?.config.alerting) return c.json(view);
      const { redacted, redactedFiles } = await import("./parse-files.ts");
      const files = current.files && redactedFiles(current.config, current.files);
      const safe: ConfigView & Pick<AppliedConfig, "files"> = {
        ...view,
        config: redacted(current.config),
        ...(files ? { files } : {}),
      };
      return c.json(safe);
    })
    .get("/schema", need("read"), async (c) => {
      const { configJsonSchema } = await import("./json-schema.ts");
      c.header("Content-Type", "application/schema+json");
      return c.body(JSON.stringify(configJsonSchema(), null, 2));
    })
    .post("/check", need("read"), jsonBody(TextBody), async (c) => {
      const result = await parsed(c.req.valid("json"));
      const view: ConfigCheckView = result.ok
        ? { ok: true, version: result.version, faults: [] }
        : { ok: false, faults: result.faults };
      return c.json(view);
    })
    .post("/plan", need("read"), jsonBody(TextBody), async (c) => {
      const next = await valid(c.req.valid("json"));
      return c.json(await plan(c.get("principal").tenant, next));
    })
    .post("/apply", need("admin"), idempotent(runtime), jsonBody(ApplyBody), async (c) => {
      const { text, files, by, expected } = c.req.valid("json");
      const { tenant, name, keyId } = c.get("principal");
      const next = await valid({ text, files });
      const [planned, before] = [await plan(tenant, next), await currentConfig(runtime, tenant)];
      const author = by === undefined ? name : keyId === undefined ? by : `${by} (key ${name})`;
      const applied = await applyConfig(
        runtime,
        tenant,
        { ...next, text, ...(files ? { files } : {}) },
        { by: author, ...(expected === undefined ? {} : { expected }) },
      );
      // Alarms last: an alarm that comes early finds the configuration it belongs to. Repeating `apply` mends a failure here.
      const { changedServices, lookAgain, reconcileAlarms } = await import("../deferred.ts");
      const alarms = await reconcileAlarms(runtime, tenant, next.config);
      await lookAgain(runtime, tenant, changedServices(before?.config, next.config));
      runtime.telemetry.log("info", "configuration applied", { tenant, version: applied.version, by: author });
      const view: ConfigAppliedView = {
        ...planned,
        alarms,
        unchanged: applied.unchanged,
        ...(applied.previous === undefined ? {} : { previous: applied.previous }),
      };
      return c.json(view);
    });
}
