/** What a vertex has to do, in records per second: what arrives, and what waits shared over the time to catch up. */
export interface Demand {
  readonly target: number;
  readonly catchUp: number;
}

/** Below so many records per second rounding to whole ones would move a result by more than half a percent. */
const ROUND_FROM = 100;

/** Times that a capacity is made of, in seconds. */
export interface Times {
  /** Lag is to be worked off in so long; 0: it is not counted, nor is the restart. */
  readonly catchUpSec: number;
  readonly restartSec: number;
}

/**
 * Records per second that a vertex must be able to do to be busy `utilization` of its time: catch-up + what piles up while the job
 * restarts (`withRestart`) + target / utilization. Infinity at utilization 0, NaN where anything is unknown.
 * Source: JobVertexScaler / AutoScalerUtils of the Flink Kubernetes operator's autoscaler, which rounds it to whole records.
 */
export function capacity(
  { target, catchUp }: Demand,
  utilization: number,
  withRestart: boolean,
  { catchUpSec, restartSec }: Times,
): number {
  if (!Number.isFinite(target) || !Number.isFinite(catchUp) || Number.isNaN(utilization)) return Number.NaN;
  if (utilization <= 0) return Number.POSITIVE_INFINITY;
  const restart = withRestart && catchUpSec > 0 ? (target * restartSec) / catchUpSec : 0;
  const sum = catchUp + restart + target / utilization;
  return sum < ROUND_FROM ? sum : Math.round(sum);
}

/** True processing rate: records per second if the vertex were busy all the time. Infinity where nothing arrives. */
export function trueRate(inRate: number, busyMs: number | undefined): number {
  if (Number.isNaN(inRate) || inRate < 0) return Number.NaN;
  if (inRate === 0) return Number.POSITIVE_INFINITY;
  if (busyMs === undefined || !(busyMs >= 0)) return Number.NaN;
  return inRate / (busyMs / 1000);
}

/** A source shows what it can do only while it has enough to read. */
const OBSERVED_LAG_SEC = 30;
const OBSERVED_LEAST = 2;
/** Busy time that claims so much more than what was seen under load is not believed. */
const OBSERVED_TOLERANCE = 1.15;

/** One instant of a source under backlog: what it would do if nothing held it up. Undefined: too little waits to tell. */
export function observedRate(
  inRate: number,
  lag: number | undefined,
  backPressuredMs: number | undefined,
): number | undefined {
  if (lag === undefined || backPressuredMs === undefined || !(inRate > 0)) return undefined;
  if (!(lag >= OBSERVED_LAG_SEC * inRate)) return undefined;
  const observed = inRate / (1 - backPressuredMs / 1000);
  return Number.isFinite(observed) && observed > 0 ? observed : undefined;
}

/** The true rate by busy time, or the mean of what was observed under backlog where that is the better word. */
export function believed(busyRate: number, observed: readonly number[]): number {
  if (observed.length < OBSERVED_LEAST) return busyRate;
  const mean = observed.reduce((sum, one) => sum + one, 0) / observed.length;
  return !Number.isFinite(busyRate) || busyRate > OBSERVED_TOLERANCE * mean ? mean : busyRate;
}

export interface Scaled {
  readonly factor: number;
  /** The factor before it was clamped. */
  readonly wanted: number;
  readonly parallelism: number;
}

/** Change of parallelism that a capacity asks for, within what one decision may change. NaN where the rate is unknown. */
export function scaled(
  wanted: { readonly capacity: number; readonly rate: number; readonly current: number; readonly alpha: number },
  limits: { readonly downMaxFactor: number; readonly upMaxFactor: number },
): Scaled {
  const { rate, current, alpha } = wanted;
  const raw = rate === Number.POSITIVE_INFINITY ? 0 : wanted.capacity / rate / alpha;
  const factor = Math.min(1 + limits.upMaxFactor, Math.max(1 - limits.downMaxFactor, raw));
  // 7 × (1 / 7) is above 1: what is a whole number but for the last bits is one.
  return { factor, wanted: raw, parallelism: Math.ceil(factor * current - 1e-9 * current) };
}

const ALPHA_LEAST = 0.5;
/** Parallelisms at which a rate must have been measured before a coefficient is believed. */
const ALPHA_POINTS = 3;

/**
 * Scalability: share of linear growth that more parallelism has brought, 0.5..1, by least squares of rate = α × β × parallelism through
 * the points; β is the rate of one subtask at the smallest parallelism. 1 while fewer than three parallelisms were measured.
 */
export function scalability(points: readonly (readonly [parallelism: number, rate: number])[]): number {
  const known = points.filter(([parallelism, rate]) => parallelism > 0 && rate > 0 && Number.isFinite(rate));
  if (new Set(known.map(([parallelism]) => parallelism)).size < ALPHA_POINTS) return 1;
  const [least, atLeast] = known.reduce((a, b) => (b[0] < a[0] ? b : a));
  const beta = atLeast / least;
  let products = 0;
  let squares = 0;
  for (const [parallelism, rate] of known) {
    products += parallelism * rate;
    squares += parallelism * parallelism;
  }
  return Math.min(1, Math.max(ALPHA_LEAST, products / (beta * squares)));
}
