import type { GateSettings } from "../shared/core/delivery/gate/settings.ts";
import type { GateState } from "../shared/core/delivery/gate/state.ts";
import type { GateStep } from "../shared/core/delivery/gate/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { ALPHA, badLine, EVERY, MOST_LINE, RULE, settingsOf, TICKS } from "./canary-options.ts";
import { text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";
import { linesOf } from "./lines.ts";

const HELP = "headgate canary gate --help";

type Step = GateStep<GateState>;

const HEAD = `${"T".padEnd(8)}${"VERDICT".padEnd(14)}${"REASON".padEnd(24)}WHY\n`;

function answer(io: Io, t: number, { verdict, reason, text: told, evidence }: Step): string {
  if (io.json) return `${JSON.stringify({ t, verdict, reason, text: told, evidence })}\n`;
  return `${`${t}`.padEnd(8)}${verdict.padEnd(14)}${reason.padEnd(24)}${plain(told)}\n`;
}

/** Reads lines and answers one for each tick. The lines of one piece of input are answered together, as soon as it is there. */
async function follow(
  io: Io,
  file: string | undefined,
  settings: GateSettings,
): Promise<{ readonly last: Step; readonly why: string } | undefined> {
  const [{ gateStart, gateTick }, { readHistory, readJson, readTick }] = await Promise.all([
    import("../shared/core/delivery/gate/gate.ts"),
    import("../shared/core/delivery/backtest/read.ts"),
  ]);
  let state: GateState | undefined;
  let step: Step | undefined;
  let why = "";
  let [line, t] = [0, 0];
  const take = (given: string): string => {
    const json = readJson(given);
    if (!json.ok) throw badLine(line, json.fault);
    const history = readHistory(json.value);
    if (!history.ok) throw badLine(line, history.fault);
    if (history.value) {
      if (state)
        throw badLine(line, { path: "history", message: "comes after ticks", allowed: "history in the first line" });
      state = gateStart(settings, history.value);
      return io.json ? "" : HEAD;
    }
    const tick = readTick(json.value, t + settings.everyMs / 1_000);
    if (!tick.ok) throw badLine(line, tick.fault);
    const head = state || io.json ? "" : HEAD;
    state ??= gateStart(settings, []);
    step = gateTick(settings, state, tick.value);
    state = step.state;
    // After a failure each further tick says only that it has failed.
    if (step.reason !== "failed_before") why = step.text;
    t = Math.max(t, tick.value.t);
    return head + answer(io, tick.value.t, step);
  };
  for await (const lines of linesOf(io, file, MOST_LINE)) {
    let out = "";
    try {
      for (const one of lines) {
        line += 1;
        const given = (line === 1 ? one.replace(/^\uFEFF/, "") : one).trim();
        if (given !== "") out += take(given);
      }
    } finally {
      // What was answered before a line that cannot be read stays answered.
      if (out !== "" && !(await io.stream(out))) line = Number.POSITIVE_INFINITY;
    }
    if (line === Number.POSITIVE_INFINITY) break;
  }
  return step && { last: step, why };
}

/** `headgate canary gate`. */
export const canaryGateVerb: Verb = {
  name: "gate",
  about:
    "Judges a canary from counts, line by line: history of the baseline first, then a tick a line with what each side served; answers one line a tick at once. Exits 1 when the release failed, 0 when it passed or nothing speaks against it yet.",
  positionals: ["[FILE]"],
  options: [
    RULE,
    ALPHA,
    TICKS,
    EVERY,
    { name: "require", value: "pass", about: "exit 1 also when it has not passed in the end" },
  ],
  example: "headgate canary gate ticks.jsonl --json --require pass",
  run: async ({ io, options, positionals }) => {
    const required = text(options, "require");
    if (required !== undefined && required !== "pass")
      throw new UsageError(`--require ${JSON.stringify(required)}: only a pass can be required`, HELP);
    const settings = await settingsOf(options, HELP);
    const judged = await follow(io, positionals[0], settings);
    if (!judged)
      throw new HeadgateError("input.invalid", "there was no tick to judge; wanted: a JSON object a line", {
        faults: [{ path: "ticks", message: "there was no tick to judge", allowed: "a JSON object a line" }],
      });
    const { last, why } = judged;
    const { verdict, evidence } = last;
    const when = evidence.decidedT === undefined ? "" : ` at ${evidence.decidedT} s (tick ${evidence.decidedTick})`;
    io.line(plain(`${verdict}${when}: ${why}`));
    if (verdict === "insufficient") io.note(plain(`warning: nothing was shown of this release: ${last.text}`));
    if (verdict === "fail") return 1;
    return required === "pass" && verdict !== "pass" ? 1 : 0;
  },
};
