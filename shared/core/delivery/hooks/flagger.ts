import * as v from "valibot";
import { HeadgateError } from "../../kernel/errors.ts";
import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import type { GateRunState } from "./gate-run-types.ts";

/** Types of webhooks that Flagger calls (gitbook, "Webhooks"). */
export const FLAGGER_TYPES = [
  "confirm-rollout",
  "pre-rollout",
  "rollout",
  "confirm-traffic-increase",
  "confirm-promotion",
  "post-rollout",
  "rollback",
  "event",
] as const;
export type FlaggerType = (typeof FLAGGER_TYPES)[number];

const Body = v.looseObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(253)),
  namespace: v.optional(v.pipe(v.string(), v.maxLength(253)), "default"),
  phase: v.optional(v.string(), ""),
  checksum: v.optional(v.string(), ""),
  metadata: v.optional(v.nullish(v.record(v.string(), v.unknown()))),
});

/** What Flagger posts. */
export interface FlaggerCall {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly checksum: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws HeadgateError `input.invalid`; Flagger takes whatever is above 202 for a failure */
export function parseFlagger(body: unknown): FlaggerCall {
  const parsed = v.safeParse(Body, body);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = issue?.path?.map(({ key }) => String(key)).join(".") ?? "";
    throw new HeadgateError("input.invalid", `this is no call of Flagger: ${path} ${issue?.message ?? ""}`, {
      faults: [
        { path, message: issue?.message ?? "is wrong", allowed: "{name, namespace, phase, checksum, metadata?}" },
      ],
    });
  }
  const { name, namespace, phase, checksum, metadata } = parsed.output;
  const texts = Object.entries(metadata ?? {}).map(([key, value]) => [key, String(value)]);
  return { name, namespace, phase, checksum, metadata: Object.fromEntries(texts) };
}

/** The answer to a call: at most 202 is yes, everything above is no. The text goes into Flagger's events. */
export interface FlaggerAnswer {
  readonly status: 200 | 202 | 403;
  readonly text: string;
}

const yes = (text: string): FlaggerAnswer => ({ status: 200, text });
const no = (text: string): FlaggerAnswer => ({ status: 403, text });

/** Flagger's own time limit of a call: who did not hear the answer asks again within it. */
const RETRIED_MS = 10 * SECOND_MS;

/** Whether it is before the first traffic of a rollout, as far as can be known. */
export const firstTraffic = (run: GateRunState | undefined, now: Millis): boolean =>
  run?.judging === undefined && (run?.grewAt === undefined || now - run.grewAt < RETRIED_MS);

const BLIND = new Set(["no_canary_data", "no_baseline_data", "no_data"]);

/**
 * What Flagger is told from what is known of the rollout. `needsApproval`: a person has to open the gate.
 *
 * - `confirm-rollout`, `confirm-promotion`: the gate of people; the promotion also needs counts, and none that fail.
 * - `rollout`, `confirm-traffic-increase`: the judgement. Traffic does not grow on no data (flagger #1011), but for the first of it: Flagger asks
 *   before that as well, when there can be none.
 * - `rollback`: yes means roll back.
 */
export function flaggerAnswer(
  type: FlaggerType,
  run: GateRunState | undefined,
  needsApproval: boolean,
  judged: boolean,
  now: Millis,
): FlaggerAnswer {
  const door = run?.doors?.gate;
  const failed = run?.ended?.ok === false ? run.ended.text : undefined;
  const { verdict, reason, text = "nothing is counted yet" } = run?.judging ?? {};
  const blind = judged && (run?.judging === undefined || (verdict === "insufficient" && BLIND.has(reason ?? "")));
  const byPeople = (): FlaggerAnswer => {
    if (door?.status === "closed") return no(`closed by ${door.by}`);
    if (!needsApproval || door?.status === "open")
      return yes(door ? `opened by ${door.by}` : "no approval is asked for");
    return no("it waits for somebody to approve");
  };
  switch (type) {
    case "confirm-rollout":
      return byPeople();
    case "rollout":
      return failed === undefined ? yes(text) : no(failed);
    case "confirm-traffic-increase":
      if (failed !== undefined) return no(failed);
      if (door?.status === "closed") return no(`closed by ${door.by}`);
      if (judged && firstTraffic(run, now)) return yes("it has had no traffic yet: its first is let through");
      return blind ? no(`${text}; traffic does not grow on that`) : yes(text);
    case "confirm-promotion":
      if (failed !== undefined) return no(failed);
      return blind ? no(`${text}; that is no pass`) : byPeople();
    case "rollback": {
      const back = run?.doors?.rollback;
      if (back?.status === "open") return yes(`${back.by} asked for it`);
      return failed === undefined ? no("nothing speaks for a rollback") : yes(failed);
    }
    default:
      return yes("noted");
  }
}
