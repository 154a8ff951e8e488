import type { PolicyName } from "../types.ts";
import type { ReplayFigures } from "./replay.ts";

/** A smaller gain of the 99th percentile is not worth a change. */
const WORTH = 0.05;

const ms = (value: number): string => `${Number(value.toPrecision(3))} ms`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** So many may be lost by bad luck alone where `count` are: three standard deviations of a Poisson count. */
const luckyUpTo = (count: number): number => count + 3 * Math.sqrt(count + 1);

/** Fewest refused and failed first, then the shortest 99th percentile, of equals the most even one. */
function best(figures: readonly ReplayFigures[]): ReplayFigures | undefined {
  const usable = figures.filter((one) => one.p99 !== null);
  const lost = (one: ReplayFigures): number => one.refused + one.failed;
  const fewest = Math.min(...usable.map(lost));
  // Luck moves a few failures from one to the other.
  const sound = usable.filter((one) => lost(one) <= luckyUpTo(fewest));
  const least = Math.min(...sound.map((one) => one.p99 as number));
  return sound
    .filter((one) => (one.p99 as number) <= least * (1 + WORTH / 5))
    .sort((a, b) => (a.movedKeys ?? 0) - (b.movedKeys ?? 0) || (a.cv ?? 0) - (b.cv ?? 0))[0];
}

function differences(to: ReplayFigures, from: ReplayFigures): readonly string[] {
  const parts: string[] = [];
  if (to.p99 !== null && from.p99 !== null && from.p99 > 0)
    parts.push(
      `p99 ${ms(to.p99)} instead of ${ms(from.p99)} (${to.p99 <= from.p99 ? "−" : "+"}${percent(Math.abs(1 - to.p99 / from.p99))})`,
    );
  if (to.maxOverMean !== null && from.maxOverMean !== null)
    parts.push(`busiest host ${to.maxOverMean.toFixed(2)} instead of ${from.maxOverMean.toFixed(2)} times its part`);
  if (to.failed !== from.failed) parts.push(`${to.failed} instead of ${from.failed} failed`);
  if (to.movedKeys !== null && to.movedKeysPct !== null)
    parts.push(`${to.movedKeys} keys (${percent(to.movedKeysPct / 100)}) end up on another host`);
  return parts;
}

/** Which policy to take, and what would change. */
export function recommend(
  figures: readonly ReplayFigures[],
  recorded: ReplayFigures | null,
  current: PolicyName | undefined,
): { readonly recommended: PolicyName | null; readonly recommendation: string } {
  const found = best(figures);
  if (!found || found.policy === "recorded")
    return { recommended: null, recommendation: "no policy: none of the requests found a host" };
  const now = figures.find((one) => one.policy === current) ?? (current === undefined ? recorded : null);
  if (!now) return { recommended: found.policy, recommendation: `${found.policy}: ${alone(found, figures)}` };
  const name = now.policy === "recorded" ? "what was recorded" : now.policy;
  const gain = now.p99 && found.p99 !== null ? 1 - found.p99 / now.p99 : 0;
  const fewer = now.refused + now.failed > luckyUpTo(found.refused + found.failed);
  if (now.policy !== "recorded" && (found === now || (gain < WORTH && !fewer)))
    return {
      recommended: now.policy,
      recommendation: `stay with ${now.policy}: nothing is better by ${percent(WORTH)} in p99 (${ms(now.p99 ?? 0)})`,
    };
  return {
    recommended: found.policy,
    recommendation: `${found.policy} against ${name}: ${differences(found, now).join(", ")}`,
  };
}

/** Where there is nothing to compare with but the others. */
function alone(found: ReplayFigures, figures: readonly ReplayFigures[]): string {
  const worst = figures.reduce((a, b) => ((b.p99 ?? 0) > (a.p99 ?? 0) ? b : a));
  const others = worst === found ? "" : `, ${worst.policy} ${ms(worst.p99 ?? 0)}`;
  return `p99 ${ms(found.p99 ?? 0)}${others}`;
}
