// Kubernetes' HPA and step scaling of Application Auto Scaling written a second time, as plainly as their documentation
// has it: every recommendation and every change is kept, nothing is pruned. The machine is compared with these.

interface Rule {
  readonly type: "pods" | "percent";
  readonly value: number;
  readonly periodMs: number;
}

export interface Behaviour {
  readonly windowMs: number;
  readonly select: "max" | "min" | "disabled";
  readonly rules: readonly Rule[];
}

export interface HpaReference {
  readonly target: number;
  readonly tolerance: number;
  readonly min: number;
  readonly max: number;
  readonly up: Behaviour;
  readonly down: Behaviour;
}

const noise = 1e-6;
const ceil = (x: number): number => Math.ceil(x - noise);
const floor = (x: number): number => Math.floor(x + noise);

/** Pods of which `ready` report `usage` percent on average; the others were asked for and report nothing. */
function recommended({ target, tolerance }: HpaReference, usage: number, ready: number, current: number): number {
  const close = (ratio: number): boolean => Math.abs(1 - ratio) <= tolerance + 1e-9;
  const ratio = usage / target;
  const missing = current - ready;
  if (close(ratio)) return current;
  if (missing <= 0) return ceil(ratio * ready);
  const pods = [
    ...Array<number>(ready).fill(usage),
    ...Array<number>(missing).fill(ratio > 1 ? 0 : Math.max(100, target)),
  ];
  const again = pods.reduce((sum, pod) => sum + pod, 0) / (target * pods.length);
  if (close(again) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return current;
  const count = ceil(again * pods.length);
  return (again < 1 && count > current) || (again > 1 && count < current) ? current : count;
}

/** One controller; `look` answers the count to go to. Call `changed` when that was done. */
export function hpaReference(policy: HpaReference) {
  const recommendations: { readonly at: number; readonly count: number }[] = [];
  const events: { readonly at: number; readonly delta: number }[] = [];
  /** A recommendation stands until the next one is made: it counts while some of that time is inside of the window. */
  const within = (windowMs: number, now: number): readonly number[] =>
    recommendations
      .filter((_, index) => (recommendations[index + 1]?.at ?? Number.POSITIVE_INFINITY) > now - windowMs)
      .map(({ count }) => count);
  const limit = (behaviour: Behaviour, sign: 1 | -1, current: number, now: number): number => {
    if (behaviour.select === "disabled") return current;
    const counts = behaviour.rules.map(({ type, value, periodMs }) => {
      const changed = events.filter(({ at }) => at > now - periodMs).reduce((sum, { delta }) => sum + delta, 0);
      const start = Math.max(0, current - changed);
      if (type === "pods") return start + sign * value;
      return sign > 0 ? ceil(start * (1 + value / 100)) : Math.max(0, floor(start * (1 - value / 100)));
    });
    const farthest = sign > 0 ? Math.max(...counts) : Math.min(...counts);
    const nearest = sign > 0 ? Math.min(...counts) : Math.max(...counts);
    const allowed = behaviour.select === "max" ? farthest : nearest;
    return sign > 0 ? Math.max(current, allowed) : Math.min(current, allowed);
  };
  return {
    look(now: number, usage: number, ready: number, current: number): number {
      if (recommendations.length === 0) recommendations.push({ at: now, count: current });
      recommendations.push({ at: now, count: recommended(policy, usage, ready, current) });
      const newest = recommendations.at(-1)?.count as number;
      const lowest = Math.min(newest, ...(policy.up.windowMs > 0 ? within(policy.up.windowMs, now) : []));
      const highest = Math.max(newest, ...within(policy.down.windowMs, now));
      const stable = current < lowest ? lowest : current > highest ? highest : current;
      const bounded = Math.min(policy.max, Math.max(policy.min, 1, stable));
      if (bounded > current) return Math.min(bounded, limit(policy.up, 1, current, now));
      if (bounded < current) return Math.max(bounded, limit(policy.down, -1, current, now));
      return current;
    },
    changed(at: number, delta: number): void {
      events.push({ at, delta });
    },
  };
}

export interface StepReference {
  readonly threshold: number;
  /** Ascending; the last one is open. */
  readonly steps: readonly { readonly from: number; readonly by: number }[];
  readonly percent: boolean;
  readonly minMagnitude: number;
  readonly cooldownMs: number;
  readonly max: number;
}

/** A step policy outward: alarm at or over the threshold, the step picks the change, the cooldown holds what was added. */
export function stepReference(policy: StepReference) {
  let began: { readonly at: number; readonly from: number } | undefined;
  return {
    look(now: number, value: number, current: number): number {
      const breach = value - policy.threshold;
      const by = policy.steps.filter(({ from }) => from <= breach).at(-1)?.by ?? 0;
      if (breach < 0 || by === 0) return current;
      const share = (current * by) / 100;
      const change = policy.percent ? Math.max(policy.minMagnitude, share < 1 ? 1 : floor(share)) : by;
      const cooling = began !== undefined && now < began.at + policy.cooldownMs;
      const wanted = Math.min(
        policy.max,
        cooling && began ? current + change - (current - began.from) : current + change,
      );
      if (wanted <= current) return current;
      began = { at: now, from: cooling && began ? began.from : current };
      return wanted;
    },
  };
}
