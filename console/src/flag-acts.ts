import type { FlagView } from "../../functions/api/views-flags.ts";
import type { FlagShares } from "./api-flags.ts";
import { percent, sharesText } from "./delivery-words.ts";
import { duration } from "./format.ts";
import { members, numberOf } from "./values.ts";

export type FlagAct = "kill" | "restore" | "shares" | "release" | "start" | "pause" | "resume";

export const FLAG_ACTS: Readonly<
  Record<FlagAct, { readonly title: string; readonly button: string; readonly dangerous: boolean }>
> = {
  kill: { title: "Kill the flag", button: "Kill", dangerous: true },
  restore: { title: "Restore the flag", button: "Restore", dangerous: false },
  shares: { title: "Set percentages", button: "Set percentages", dangerous: false },
  release: { title: "Give the percentages back", button: "Back to the configuration", dangerous: false },
  start: { title: "Begin the gated roll-out", button: "Begin roll-out", dangerous: false },
  pause: { title: "Pause the roll-out", button: "Pause roll-out", dangerous: false },
  resume: { title: "Go on with the roll-out", button: "Resume roll-out", dangerous: false },
};

/** What can be done to a flag as it stands. */
export function flagActs({ status, gated, rollout, set, ignored }: FlagView): readonly FlagAct[] {
  const off = status === "killed" || (status === "tied" && ignored === undefined);
  return [
    ...(off ? (["restore"] as const) : []),
    ...(status === "killed" ? [] : (["kill"] as const)),
    ...(rollout?.status === "running" ? (["pause"] as const) : []),
    ...(rollout?.status === "paused" ? (["resume"] as const) : []),
    ...(gated && rollout?.status !== "running" && rollout?.status !== "paused" ? (["start"] as const) : []),
    "shares",
    ...(set || rollout ? (["release"] as const) : []),
  ];
}

/** What the reader has filled in. */
export interface FlagForm {
  /** Percent by variant, as typed. */
  readonly shares: Readonly<Record<string, string>>;
  readonly why: string;
  readonly by: string;
}

/** The shares that were typed; undefined where one is none, or where they are not 100 together. */
export function readShares(form: Readonly<Record<string, string>>): Record<string, number> | undefined {
  const pairs = Object.entries(form).map(([name, text]) => [name, Number(text.trim().replace(",", ".") || 0)] as const);
  const sum = pairs.reduce((all, [, share]) => all + share, 0);
  const fits = pairs.every(([, share]) => share >= 0 && share <= 100) && Math.abs(sum - 100) < 0.001;
  return fits ? Object.fromEntries(pairs) : undefined;
}

/** Why the form cannot be sent yet; undefined when it can. */
export function flagFault(act: FlagAct, form: FlagForm): string | undefined {
  if (act === "shares" && readShares(form.shares) === undefined)
    return "Percentages are numbers from 0 on, 100 together.";
  return form.why.trim() === "" ? "Say why: the reason goes into the decision record." : undefined;
}

/** How soon a change is everywhere: libraries ask for it again so often. */
const SPREADS = "Processes that evaluate it see that with their next snapshot, within seconds.";

/** What exactly will happen, in sentences, before anything is sent. */
export function flagConsequences(act: FlagAct, flag: FlagView, form: FlagForm): readonly string[] {
  const { off, shares, rollout, causes = [] } = flag;
  const now = `Now ${sharesText(shares)}.`;
  const ends =
    rollout?.status === "running" || rollout?.status === "paused"
      ? [`Its gated roll-out ends at ${percent(rollout.percent)}.`]
      : [];
  const config = members(members(flag.config)["rollout"]);
  const hold = numberOf(config["hold"]);
  switch (act) {
    case "kill":
      return [
        `Everybody gets ${off}, whatever rules say, until somebody restores it.`,
        now,
        ...(rollout?.status === "running"
          ? ["Its roll-out learns nothing meanwhile, and goes no further for that."]
          : []),
        SPREADS,
      ];
    case "restore":
      return [
        "Rules and percentages decide again.",
        ...(causes.length > 0
          ? [`It is on although what it is tied to is not well: ${causes.join("; ")}. That lasts until it is over.`]
          : []),
        SPREADS,
      ];
    case "shares": {
      const read = readShares(form.shares);
      return [
        `${now.slice(0, -1)}; then ${read ? sharesText(read) : "…"}: above the configuration's until they are given back.`,
        "Rules go before percentages. Who has a variant keeps it where its share grows.",
        ...ends,
        SPREADS,
      ];
    }
    case "release":
      return [now, "The percentages of the configuration hold again.", ...ends, SPREADS];
    case "start": {
      const steps = (Array.isArray(config["steps"]) ? config["steps"] : []) as readonly number[];
      const first = steps[0];
      return [
        `${rollout?.to ?? "Its variant"} goes in steps: ${steps.map(percent).join(", ")}${hold ? `, each for ${duration(hold)} at least` : ""}.`,
        first === undefined ? now : `It begins with ${percent(first)} now. ${now}`,
        "It is judged by how requests end that have it, and goes back to 0\u00a0% by itself if it is worse.",
      ];
    }
    case "pause":
      return [
        `It stays at ${percent(rollout?.percent ?? 0)} until somebody goes on with it.`,
        "It is not judged meanwhile.",
      ];
    default:
      return [`It goes on from ${percent(rollout?.percent ?? 0)}.`, "It is judged again from here on."];
  }
}

/** The body of an act on its shares. */
export function sharesWanted(act: Exclude<FlagAct, "kill" | "restore">, form: FlagForm): FlagShares {
  if (act === "shares") return { shares: readShares(form.shares) ?? {} };
  if (act === "release") return { release: true };
  if (act === "start") return { start: true };
  return act === "pause" ? { pause: true } : { resume: true };
}
