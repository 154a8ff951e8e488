import type {
  DeliveryServiceView,
  RolloutFailureView,
  RolloutSummaryView,
  RolloutVerdictView,
  RolloutView,
} from "../functions/api/views-delivery.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { ago, facts, stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const two = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, ""));

/** "v1 95 %, v2 5 %". */
export const percentText = (shares: Readonly<Record<string, number>>): string =>
  Object.entries(shares)
    .map(([name, share]) => `${name} ${two(share)} %`)
    .join(", ");

/** How far a rollout is, in a few words. */
export function phaseText({ phase, steps, step, share, paused }: RolloutSummaryView): string {
  const at = phase === "shifting" || phase === "judging" || phase === "approval";
  const where = at && step >= 0 ? ` step ${step + 1} of ${steps.length}, ${two(share)} %` : "";
  return `${phase.replace("_", " ")}${where}${paused ? `, paused by ${paused.by}` : ""}`;
}

export const verdictText = ({ verdict, text }: RolloutVerdictView): string => `${verdict}: ${text}`;

/** Why it went back, with the last lines of what did not work. */
export function failureLines({ reason, text, attempts = 0, logs = [] }: RolloutFailureView): readonly string[] {
  // How often its health was asked for matters where it never was, and may be said already.
  const asked =
    (reason === "never_healthy" || reason === "hopeless_start") && attempts > 0 && !/\d checks\b/.test(text);
  return [
    `${reason.replaceAll("_", " ")}: ${text}${asked ? ` (${attempts} checks)` : ""}`,
    ...logs.map((line) => `  | ${line}`),
  ].map(plain);
}

/** One line each: done, here, to come. */
function stepLines({ steps, step, phase, share }: RolloutSummaryView): readonly string[] {
  const over = ["baking", "retiring", "promoted"].includes(phase);
  const back = ["returning", "cleaning", "rolled_back"].includes(phase);
  const waits = phase === "approval";
  return table([
    ["", "STEP", "SHARE", "FOR", ""],
    ...steps.map(({ percent, forMs, approval }, index) => {
      const here = index === step && !over && !back;
      const done = over || index < step || (index === step && waits);
      const next = index === step + 1 && waits ? "waits for approval" : "";
      return [
        back ? "-" : done ? "✓" : here ? "▸" : "·",
        `${index + 1}`,
        `${two(percent)} %`,
        forMs === 0 ? "at once" : formatDuration(forMs),
        here && !waits ? `${phase}, ${two(share)} %` : next || (approval ? "needs approval" : ""),
      ];
    }),
  ]);
}

/** The gate's numbers: evidence against its limit, ratio with its interval, what could be seen. */
function evidenceFacts({ evidence, verdict }: RolloutView): readonly (readonly [string, string | undefined])[] {
  const { joint, limit, metrics = [], visibleRatio, historyTicks, tick } = evidence ?? {};
  return [
    ["gate", verdict && verdictText(verdict)],
    [
      "evidence",
      joint === undefined || limit === undefined
        ? undefined
        : `e ${two(joint)} of ${two(limit)} that fails it, after ${tick === 1 ? "1 tick" : `${tick} ticks`} (${historyTicks ?? 0} ticks of history)`,
    ],
    ...metrics.map(({ metric, ratio, ratioLow, ratioHigh, canary, baseline, cleared, passRatio }): [string, string] => [
      metric,
      `${canary.count} of ${canary.requests} against ${baseline.count} of ${baseline.requests}${
        ratio === undefined ? "" : `, ${two(ratio)} × (${two(ratioLow ?? ratio)} to ${two(ratioHigh ?? ratio)})`
      }${cleared ? `, not worse by ${passRatio} ×` : ""}`,
    ]),
    [
      "visible",
      visibleRatio === undefined
        ? undefined
        : visibleRatio === null
          ? "nothing at this traffic"
          : `errors from ${two(visibleRatio)} × on at this traffic`,
    ],
  ];
}

/** What a person can do where the counts show too little. */
function helpText({ service, verdict, phase, paused, endedAt }: RolloutView): string | undefined {
  if (endedAt !== undefined || phase === "approval" || verdict?.verdict !== "insufficient") return undefined;
  if (paused) return `headgate rollout resume ${service}, if it is well without being shown to be; else abort`;
  const person = phase === "judging" || phase === "baking" ? `; skip or promote, if it is well without them` : "";
  if (verdict.reason === "no_data" || verdict.reason === "no_canary_data") return `requests to ${service}${person}`;
  return `more requests, larger or longer steps (headgate rollout plan ${service} says what each would show), or approval: true`;
}

/** The whole rollout on one screen. */
export function rolloutLines(view: DeliveryServiceView): readonly string[] {
  const { summary, rollout, versions, shares, clock, commands, trouble } = view;
  // A switch of Flink jobs has neither shares nor versions side by side: its summary is all there is.
  const job = [summary.current, summary.last].find((one) => one?.strategy === "flink-blue-green");
  const lines: string[] = [
    ...facts([
      ["service", summary.service],
      ["serves", summary.stable],
      ["shares", shares && percentText(shares)],
      [
        "rollout",
        rollout &&
          `${rollout.id}: ${rollout.version}${rollout.from === undefined ? "" : ` instead of ${rollout.from}`}, ${rollout.strategy}`,
      ],
      [
        "begun",
        rollout && `${ago(rollout.startedAt, clock.now)} by ${rollout.started.by}${because(rollout.started.why)}`,
      ],
      ["phase", rollout && `${phaseText(rollout)}, ${sinceText(rollout, clock.now)}`],
      ["job", job && `${job.id}: ${job.version}, ${phaseText(job)}, ${sinceText(job, clock.now)}`],
      ["ended", rollout?.endedAt === undefined ? undefined : stamp(rollout.endedAt)],
      ["served", rollout && servedText(rollout, shares)],
      ...(rollout ? evidenceFacts(rollout) : []),
      ["helps", rollout && helpText(rollout)],
      ...Object.entries(rollout?.hooks ?? {}).map(([name, { status, detail }]): [string, string] => [
        `hook ${name}`,
        `${status}${detail === undefined ? "" : `: ${detail}`}`,
      ]),
      ["may be", commands.length === 0 ? undefined : commands.join(", ")],
      ["looks next", view.dueAt === undefined ? undefined : ago(view.dueAt, clock.now)],
      ...trouble.map((text): [string, string] => ["trouble", text]),
    ]),
  ];
  const failure = rollout?.failure ?? job?.failure;
  if (failure) lines.push("", ...failureLines(failure));
  if (rollout && rollout.steps.length > 0) lines.push("", ...stepLines(rollout));
  if (versions && versions.length > 0)
    lines.push(
      "",
      ...table([
        ["VERSION", "READY/RUNNING/DESIRED", "FAILURES", "SLOT", ""],
        ...versions.map(({ version, stable, ready, running, desired, failures, slot, trouble: why }) => [
          `${version}${stable ? " *" : ""}`,
          `${ready}/${running}/${desired}`,
          `${failures}`,
          slot ?? "-",
          why ?? "",
        ]),
      ]),
    );
  return lines;
}

/** "for 35 s", or when it ended. */
const sinceText = ({ since, endedAt }: RolloutSummaryView, now: number): string =>
  endedAt === undefined ? `for ${formatDuration(Math.max(0, now - since))}` : ago(endedAt, now);

/** The shares that were seen in force, where they are not those that are asked for. */
function servedText({ served, endedAt }: RolloutView, shares: DeliveryServiceView["shares"]): string | undefined {
  if (served === undefined || endedAt !== undefined) return undefined;
  const text = percentText(served);
  return shares && percentText(shares) === text ? undefined : text;
}

const because = (why: string): string => (why === "" ? "" : `: ${why}`);

/** Prints a line whenever something about the rollout has changed. */
export function follower(io: Io): (view: DeliveryServiceView) => void {
  let last = "";
  return ({ rollout, summary, clock }) => {
    const one = summary.current ?? rollout;
    if (!one) return;
    const { verdict } = one;
    const text = phaseText(one);
    const said = `${text}${verdict ? `; ${verdict.verdict}` : ""}`;
    if (said === last) return;
    last = said;
    io.line(plain(`${stamp(clock.now)}  ${text}${verdict ? `; ${verdictText(verdict)}` : ""}`));
  };
}
