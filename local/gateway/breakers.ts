import type { CircuitStatus, Forced } from "../../shared/core/kernel/circuit.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type LocalBreaker, localBreaker } from "../../shared/core/traffic/breaker/local.ts";
import type { BreakerPolicy } from "../../shared/core/traffic/breaker/policy.ts";
import type { Admission, Outcome } from "../../shared/core/traffic/breaker/types.ts";

/** How a circuit stands, for those who look at it and for the list of hosts. */
export interface CircuitLook {
  readonly status: CircuitStatus;
  readonly forced?: Forced["state"];
  /** Nobody is let through before. */
  readonly openUntil?: Millis;
}

/** What stands for one call that was let through. */
export type BreakerTicket = number | (Admission & { readonly admitted: true });

/** The breaker of one backend, as a gateway uses it: nothing here waits for a store. */
export interface BackendBreaker {
  /** Undefined: the call is refused. */
  admit(): BreakerTicket | undefined;
  /** @param ms real ms that the call took */
  done(ticket: BreakerTicket, outcome: Outcome, ms: number): void;
  look(): CircuitLook;
}

/** Finds the breaker of a circuit ("orders/10.0.0.7:8080"), and makes it when it is first asked for. */
export type GatewayBreakers = (circuit: string) => BackendBreaker;

/** Whether it lets nobody through now. */
export function refusesNow({ status, forced, openUntil }: CircuitLook, now: Millis): boolean {
  if (forced !== undefined) return forced === "open";
  return status === "open" && (openUntil ?? now) > now;
}

/** Breakers of this process alone, by the policy as it is when a circuit is first used. */
export function localBreakers(options: {
  readonly policy: () => BreakerPolicy | "off";
  readonly now: () => Millis;
  readonly random: () => number;
}): GatewayBreakers & { readonly all: ReadonlyMap<string, LocalBreaker> } {
  const all = new Map<string, LocalBreaker>();
  const find = (circuit: string): BackendBreaker => {
    const policy = options.policy();
    if (policy === "off") return ABSENT;
    let breaker = all.get(circuit);
    if (!breaker || breaker.policy !== policy) {
      // Other rules: what is known of the circuit stays.
      const from = breaker?.toJSON();
      breaker = localBreaker(policy, {
        name: circuit,
        now: options.now,
        random: options.random,
        ...(from ? { from } : {}),
      });
      all.set(circuit, breaker);
    }
    return backendBreaker(breaker);
  };
  return Object.assign(find, { all });
}

const REFUSED = -1;
const ABSENT: BackendBreaker = { admit: () => 0, done: () => {}, look: () => ({ status: "closed" }) };

function backendBreaker(breaker: LocalBreaker): BackendBreaker {
  return {
    admit: () => {
      const ticket = breaker.tryAdmit();
      return ticket === REFUSED ? undefined : ticket;
    },
    done: (ticket, outcome, ms) => {
      if (typeof ticket !== "number") return;
      if (outcome === "ignored") breaker.ignored(ticket);
      else if (outcome === "failure" || outcome === "slow_failure") breaker.failed(ticket, ms);
      else breaker.succeeded(ticket, ms);
    },
    look: () => {
      const { status, openUntil, forced } = breaker.state();
      return {
        status,
        ...(openUntil === undefined ? {} : { openUntil }),
        ...(forced ? { forced: forced.state } : {}),
      };
    },
  };
}
