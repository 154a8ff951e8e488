import type { Clause } from "../../kernel/step.ts";
import { formatDuration, iso, type Millis } from "../../kernel/time.ts";
import { gateStart, gateTick } from "../gate/gate.ts";
import type { GateState } from "../gate/state.ts";
import type { GateStep, HistoryTick } from "../gate/types.ts";
import { gateSettingsOf } from "../gate-settings.ts";
import { baselineOf, keepBefore } from "./before.ts";
import { clause, type Scene } from "./scene.ts";
import { waysOf } from "./strategies.ts";
import type { Rollout, RolloutConfig } from "./types.ts";

/** Who pauses a rollout whose counts show too little. */
export const GATE = "the gate";

/** Settings of the gate of this rollout; undefined: nothing is judged. */
export function gateOf({ delivery }: RolloutConfig, rollout: Rollout) {
  const planned = waysOf(rollout).judgedMs(delivery);
  return planned === undefined || rollout.from === undefined ? undefined : gateSettingsOf(delivery, planned);
}

/** Ticks are whole intervals of the clock, which is what counts are kept by. */
export const nextTick = (at: Millis, every: number): Millis => Math.ceil(at / every) * every;

/** The state of the gate before traffic, once the history was read. */
export function beginGate(scene: Scene, rollout: Rollout): { readonly rollout: Rollout; readonly trace: Clause[] } {
  const { look, config, now } = scene;
  const settings = gateOf(config, rollout);
  if (!settings) return { rollout, trace: [] };
  if (rollout.gate !== undefined) {
    if (rollout.gateRule === settings.rule) return { rollout, trace: [] };
    // Another rule by now: what the old one gathered means nothing to it, and the old version's past is no longer at hand.
    const { verdict, insufficientSince, ...rest } = rollout;
    const anew = { ...rest, gate: gateStart(settings, []), gateRule: settings.rule };
    return { rollout: anew, trace: [clause("changed", "gate", `judged by the rule ${settings.rule} from now on`)] };
  }
  // Once traffic is moved, the history may be late for so long; the gate then begins without it and says so.
  const late = rollout.gateFrom !== undefined && now - rollout.gateFrom >= config.delivery.verify;
  if (!look.history && !late) return { rollout, trace: [] };
  const history: readonly HistoryTick[] = look.history ?? [];
  const gate = gateStart(settings, history);
  const begun = keepBefore(
    { ...rollout, gate, gateRule: settings.rule, ...(look.slowMs === undefined ? {} : { slowMs: look.slowMs }) },
    history,
  );
  const text = look.history
    ? `the gate begins with ${history.length} ticks of ${rollout.from} before the rollout`
    : "the gate begins without a history, which could not be read";
  const slow = look.slowMs === undefined ? "" : `; slow is above ${formatDuration(look.slowMs)}`;
  return { rollout: begun, trace: [clause("computed", "gate", `${text}${slow}`, { ticks: history.length })] };
}

/**
 * Folds the intervals that were not judged yet into the gate, each once and in order. What is late waits; what is missing is a tick
 * without data, never zeros.
 */
export function judge(scene: Scene, before: Rollout): { readonly rollout: Rollout; readonly trace: readonly Clause[] } {
  const { rollout, trace } = beginGate(scene, before);
  const { config, look, now } = scene;
  const settings = gateOf(config, rollout);
  const { judgedUntil, gateFrom, gate } = rollout;
  if (!settings || gate === undefined || judgedUntil === undefined || gateFrom === undefined) return { rollout, trace };
  let next = rollout;
  let state = gate as GateState;
  let last: GateStep<GateState> | undefined;
  let until = judgedUntil;
  let alone = false;
  for (const interval of [...(look.counts ?? [])].sort((a, b) => a.from - b.from)) {
    if (interval.from < until || interval.to > now || interval.to <= interval.from) continue;
    const { canary } = interval;
    const baseline = baselineOf(next, canary, interval.baseline);
    alone = baseline !== undefined && baseline !== interval.baseline;
    last = gateTick(settings, state, {
      t: (interval.to - gateFrom) / 1000,
      ...(canary ? { canary } : {}),
      ...(baseline ? { baseline } : {}),
    });
    state = last.state;
    until = interval.to;
    if (interval.baseline) next = keepBefore(next, [interval.baseline]);
    if (last.verdict === "fail") break;
  }
  if (!last) return { rollout: next, trace };
  const { insufficientSince, ...rest } = next;
  const { verdict, reason, text, evidence } = last;
  const towardsFail = evidence.joint !== undefined && evidence.limit ? evidence.joint / evidence.limit : undefined;
  const passes = (evidence.metrics ?? []).map((one) => (one.cleared ? 1 : one.passLog / one.passLimit));
  const judged: Rollout = {
    ...rest,
    gate: state,
    judgedUntil: until,
    verdict: {
      verdict,
      reason,
      text,
      at: until,
      ...(towardsFail === undefined ? {} : { towardsFail }),
      ...(passes.length === 0 ? {} : { towardsPass: Math.min(...passes) }),
    },
    ...(verdict === "insufficient" ? { insufficientSince: insufficientSince ?? until } : {}),
  };
  const compared = alone ? ` (${rollout.from} serves nothing any more: compared with what was usual before)` : "";
  const said = clause("computed", "gate", `judged up to ${iso(until)}: ${text}${compared}`, {
    verdict,
    reason,
    evidence: evidence as never,
  });
  return { rollout: judged, trace: [...trace, said] };
}

/** Whether nothing is known of what the new version serves: no policy takes that for good. */
export const noData = ({ verdict }: Rollout): boolean =>
  verdict === undefined ||
  verdict.reason === "counts_invalid" ||
  (verdict.verdict === "insufficient" && (verdict.reason === "no_canary_data" || verdict.reason === "no_data"));
