import * as v from "valibot";
import { Clock, instant, opt } from "./schemas-common.ts";

const ms = v.pipe(v.number(), v.description("Milliseconds."));
const verdict = v.picklist(["met", "breached", "not_proven"]);
/** What is written in full in shared/core/backup: the document names its main members. */
const detail = <T extends v.ObjectEntries>(entries: T) => v.looseObject(entries);
const measured = detail({ ms: opt(ms), objectiveMs: opt(ms), verdict: opt(verdict), why: v.string() });
const point = detail({ id: v.string(), cutAt: instant });
const state = detail({
  plan: v.string(),
  at: instant,
  point: opt(point),
  newest: opt(point),
  disruptions: v.array(
    detail({
      disruption: v.picklist(["software", "hardware", "zone", "region"]),
      rpoNow: measured,
      rpoWorst: measured,
      rto: measured,
      verdict: opt(verdict),
    }),
  ),
  gaps: v.array(detail({ job: v.string(), topic: v.string(), partition: v.number() })),
  replication: opt(detail({ flow: v.string(), at: instant, troubles: v.array(v.string()) })),
  verdict: opt(verdict),
});
const fault = detail({ path: v.string(), message: v.string(), line: opt(v.number()), allowed: opt(v.string()) });
const kind = v.picklist(["failover", "failback", "other"]);
const step = detail({ id: v.string(), title: v.string(), approval: v.boolean() });
const done = detail({
  id: v.string(),
  status: v.picklist([
    "pending",
    "approval",
    "person",
    "running",
    "done",
    "failed",
    "skipped",
    "undoing",
    "undone",
    "undo_failed",
  ]),
  tries: v.number(),
  text: opt(v.string()),
});
const run = { id: v.string(), rehearsal: v.boolean(), by: v.string(), why: v.string(), startedAt: instant };

export const recoveryShapes = {
  Recovery: v.strictObject({
    clock: Clock,
    disasterRecovery: opt(v.strictObject({ file: v.string(), primaryRegion: v.string(), secondaryRegion: v.string() })),
    plans: v.array(state),
    troubles: v.array(v.strictObject({ plan: v.string(), why: v.string() })),
  }),
  MirrorText: v.strictObject({ text: v.string() }),
  MirrorCheck: v.strictObject({ ok: v.boolean(), faults: v.array(fault), warnings: v.array(fault) }),
  Runbooks: v.strictObject({
    clock: Clock,
    items: v.array(
      detail({
        name: v.string(),
        about: v.string(),
        kind,
        builtIn: v.boolean(),
        steps: v.array(v.strictObject({ id: v.string(), title: v.string(), approval: v.boolean() })),
        current: opt(detail({ id: v.string(), rehearsal: v.boolean() })),
        last: opt(detail({ id: v.string(), rehearsal: v.boolean(), outcome: v.string(), endedAt: instant })),
      }),
    ),
    none: opt(v.string()),
  }),
  Runbook: v.strictObject({
    clock: Clock,
    name: v.string(),
    runbook: opt(detail({ name: v.string(), about: v.string(), kind, steps: v.array(step) })),
    current: opt(detail({ ...run, phase: v.picklist(["forward", "back"]), at: v.number(), steps: v.array(done) })),
    ended: v.array(
      detail({ ...run, endedAt: instant, outcome: v.picklist(["done", "partly", "aborted"]), steps: v.array(done) }),
    ),
  }),
} as const;
