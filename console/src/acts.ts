import type { ServiceSummary } from "../../functions/api/views.ts";
import { author } from "./access.ts";
import type { ServiceCommand } from "./api.ts";
import { clock } from "./clock.ts";
import { clockTime, duration, plural } from "./format.ts";

export type ActType = ServiceCommand["type"];

/** What the reader has filled in. */
export interface ActForm {
  readonly why: string;
  /** Name of the reader; empty: whoever the key says. */
  readonly by: string;
  readonly direction: "all" | "out" | "in";
  /** Duration text; empty: until somebody resumes. */
  readonly lasts: string;
  readonly desired: string;
  readonly typedName: string;
}

export const SPANS: readonly { readonly text: string; readonly label: string; readonly ms: number }[] = [
  { text: "15m", label: "15 minutes", ms: 15 * 60_000 },
  { text: "1h", label: "1 hour", ms: 3_600_000 },
  { text: "4h", label: "4 hours", ms: 4 * 3_600_000 },
  { text: "1d", label: "1 day", ms: 86_400_000 },
];

export const ACTS: Readonly<
  Record<ActType, { readonly title: string; readonly button: string; readonly dangerous: boolean }>
> = {
  evaluate: { title: "Evaluate now", button: "Evaluate", dangerous: false },
  pause: { title: "Pause scaling", button: "Pause", dangerous: false },
  resume: { title: "Resume scaling", button: "Resume", dangerous: false },
  override: { title: "Override the instance count", button: "Override", dangerous: true },
  clear_override: { title: "End the override", button: "End override", dangerous: false },
};

export function firstForm(service: ServiceSummary): ActForm {
  return {
    why: "",
    by: author.get(),
    direction: "all",
    lasts: "1h",
    desired: String(service.status?.desired ?? service.min ?? 1),
    typedName: "",
  };
}

/** Whether an evaluation takes a reason: it decides as an alarm would, so it needs none. */
export const needsReason = (type: ActType): boolean => type !== "evaluate";

/** Why the form cannot be sent yet; undefined when it can. */
export function formFault(type: ActType, form: ActForm, service: ServiceSummary): string | undefined {
  if (needsReason(type) && form.why.trim() === "") return "Say why: the reason goes into the decision record.";
  if (type !== "override") return undefined;
  const desired = Number(form.desired);
  const min = service.min ?? 0;
  const max = service.max ?? 10_000;
  if (!/^\d+$/.test(form.desired.trim()) || desired < min || desired > max)
    return `The count must be a whole number from ${min} to ${max}.`;
  if (form.typedName !== service.name) return "Type the name of the service to confirm.";
  return undefined;
}

export function commandOf(type: ActType, form: ActForm): ServiceCommand {
  const why = form.why.trim();
  const by = form.by.trim();
  const said = { why, ...(by === "" ? {} : { by }) };
  switch (type) {
    case "evaluate":
      return { type, ...(why === "" ? {} : { why }) };
    case "pause":
      return { type, ...said, direction: form.direction, ...(form.lasts === "" ? {} : { for: form.lasts }) };
    case "override":
      return { type, ...said, desired: Number(form.desired), for: form.lasts === "" ? "1h" : form.lasts };
    default:
      return { type, ...said };
  }
}

/** What exactly will happen, in sentences, before anything is sent. */
export function consequences(type: ActType, form: ActForm, service: ServiceSummary, now: number): readonly string[] {
  const desired = service.status?.desired;
  const today =
    desired === undefined
      ? "It is not known how many instances there are."
      : `It has ${plural(desired, "instance")} desired now.`;
  const bounds = service.min === undefined ? "" : ` between min ${service.min} and max ${service.max}`;
  switch (type) {
    case "evaluate":
      return [
        "Headgate reads the measurements and the instances once, now, and decides as an alarm would make it.",
        service.mode === "act" || service.mode === undefined
          ? `If its policies ask for it, the desired count changes at once${bounds}. ${today}`
          : `In mode ${service.mode} nothing is changed, whatever comes out.`,
      ];
    case "pause":
      return [
        PAUSED[form.direction],
        `${today} It keeps measuring and recording what it would have done.`,
        untilText(form, now, "Lasts until somebody resumes it"),
      ];
    case "resume":
      return ["Headgate scales this service again from its next look on, by its policies.", today];
    case "override":
      return [
        `Sets desired to ${form.desired || "…"}${desired === undefined ? "" : ` from ${desired}`} now, past all policies${bounds}.`,
        Number(form.desired) < (desired ?? 0)
          ? "This takes capacity away: what runs on the surplus instances is drained."
          : "More load than this carries is not answered with more instances.",
        untilText(form, now, "Lasts 1 hour"),
      ];
    default:
      return ["The held count is given up: policies decide again from the next look on.", today];
  }
}

const PAUSED = {
  all: "Headgate neither adds nor takes away instances of this service.",
  out: "Headgate adds no instances to this service; it may still take some away.",
  in: "Headgate takes no instances away from this service; it may still add some.",
} as const;

function untilText(form: ActForm, now: number, otherwise: string): string {
  const span = SPANS.find((item) => item.text === form.lasts);
  if (span === undefined) return `${otherwise}.`;
  const speed = clock.get()?.speed ?? 1;
  const real = speed === 1 ? "" : `; on this ${speed}× clock that is ${duration(span.ms / speed)} of real time`;
  return `Ends by itself at ${clockTime(now + span.ms, now)}, ${span.label} from now${real}.`;
}
