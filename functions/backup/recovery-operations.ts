import type { ErrorCode } from "../../shared/core/kernel/errors.ts";
import type { Operation } from "../api/operation.ts";
import { MirrorCheckBody, MirrorQuery, RunbookRunBody, RunbookSaidBody, RunbookStartBody } from "./recovery-bodies.ts";

const base = "/api/v1/recovery";
const runbook = `${base}/runbooks/:name`;
const read = { method: "get", tag: "recovery", scope: "read" } as const;
const act = { method: "post", tag: "recovery", scope: "operate", idempotent: true } as const;
const refused: readonly ErrorCode[] = ["backup.unknown", "restore.refused", "backup.busy"];

const command = (name: string, id: string, summary: string): Operation => ({
  ...act,
  path: `${runbook}/${name}`,
  id,
  summary,
  body: { schema: RunbookSaidBody, example: { why: "seen by two of us" } },
  answer: "Runbook",
  errors: refused,
});

/** What recovery-routes.ts beside it answers, for the OpenAPI document. */
export const recoveryOperations: readonly Operation[] = [
  {
    ...read,
    path: base,
    id: "getRecovery",
    summary: "RPO and RTO of every plan for each kind of disruption, measured, against what is asked",
    answer: "Recovery",
  },
  {
    ...read,
    path: `${base}/plans/:plan`,
    id: "getPlanRecovery",
    summary: "The same of one plan",
    answer: "Recovery",
    errors: ["backup.unknown", "objects.unavailable"],
  },
  {
    ...read,
    path: `${base}/mirror`,
    id: "writeMirror",
    summary: "mm2.properties of MirrorMaker 2, as the disaster-recovery file asks for",
    query: MirrorQuery,
    answer: "MirrorText",
    errors: ["backup.unknown"],
  },
  {
    method: "post",
    tag: "recovery",
    scope: "read",
    path: `${base}/mirror/check`,
    id: "checkMirror",
    summary: "Holds a configuration of MirrorMaker 2 against the disaster-recovery file",
    body: { schema: MirrorCheckBody, example: { text: "clusters = us-east-1, us-west-2\n" } },
    answer: "MirrorCheck",
    errors: ["backup.unknown"],
  },
  {
    ...read,
    path: `${base}/runbooks`,
    id: "listRunbooks",
    summary: "Runbooks of failing over and back, and others that were run, each with its run",
    answer: "Runbooks",
  },
  {
    ...act,
    scope: "admin",
    path: `${base}/runbooks`,
    id: "runRunbook",
    summary: "Begins a runbook that is handed in, or rehearses it",
    body: {
      schema: RunbookRunBody,
      example: {
        runbook: "name: dns\nsteps: [{ id: turn, do: { kind: manual, text: turn the names } }]\n",
        rehearsal: true,
        why: "quarterly rehearsal",
      },
    },
    status: 202,
    answer: "Runbook",
    errors: ["restore.refused", "backup.busy"],
  },
  {
    ...read,
    path: runbook,
    id: "getRunbook",
    summary: "A runbook: the run under way step by step, and those that are over",
    answer: "Runbook",
    errors: ["backup.unknown"],
  },
  {
    ...act,
    path: `${runbook}/start`,
    id: "startRunbook",
    summary: "Begins a failover or a failback, or rehearses it: whether has to be said",
    body: { schema: RunbookStartBody, example: { rehearsal: true, why: "quarterly rehearsal" } },
    status: 202,
    answer: "Runbook",
    errors: refused,
  },
  command("approve", "approveRunbook", "Lets the step begin that waits for approval"),
  command("done", "doneRunbook", "Says that a step is done that a person does"),
  command("retry", "retryRunbook", "Tries a step that failed once more"),
  command("skip", "skipRunbook", "Goes on without a step that failed, or that a person does"),
  command("abort", "abortRunbook", "Ends the run and undoes what can be undone, in the opposite order"),
];
