import type { Admission } from "../../shared/core/traffic/breaker/types.ts";
import { isCircuitName } from "../../shared/shell/breakers-name.ts";
import type { Breakers, SharedBreaker } from "../../shared/shell/breakers-types.ts";
import type { BackendBreaker, BreakerTicket, CircuitLook, GatewayBreakers } from "../gateway/breakers.ts";

type Admitted = Admission & { readonly admitted: true };

/** A call that went through on what was last known, while the store was being asked. */
interface Early {
  readonly admitted: true;
  readonly epoch: number;
  readonly answer: Promise<Admission>;
}

const earlyOf = (ticket: object): Early | undefined => ("answer" in ticket ? (ticket as Early) : undefined);

/**
 * Circuits of the store as a gateway uses them, which waits for nobody: while the store is asked, a circuit that was last known closed lets
 * through (one call more, as the bound on staleness allows), any other one refuses. A probe that the store grants is kept for the next request.
 *
 * @param enabled whether breakers are on for a circuit; off lets everything through and counts nothing
 */
export function sharedGatewayBreakers(
  breakers: Pick<Breakers, "get">,
  enabled: (circuit: string) => boolean,
): GatewayBreakers {
  return (circuit) => {
    // Nothing could be kept of it. A backend with a strange name, from wherever, must not end the gateway.
    if (!isCircuitName(circuit)) return NO_BREAKER;
    const shared = breakers.get(circuit);
    // What was opened or forced before this process began holds for its very first request.
    if (enabled(circuit) && shared.state().ageMs === undefined) void shared.look();
    return backendBreaker(shared, () => enabled(circuit));
  };
}

const NO_BREAKER: BackendBreaker = { admit: () => 0, done: () => {}, look: () => ({ status: "closed" }) };

function backendBreaker(shared: SharedBreaker, enabled: () => boolean): BackendBreaker {
  let asking: Promise<Admission> | undefined;
  let granted: Admitted | undefined;

  const ask = (answer: Promise<Admission>): Promise<Admission> => {
    asking = answer;
    return answer.then((admission) => {
      asking = undefined;
      return admission;
    });
  };

  /** Asks the store where what is known is too old; what it grants is kept for the next request. */
  const prepare = (): void => {
    const admission = shared.admit();
    if (!(admission instanceof Promise)) return;
    void ask(admission).then((one) => {
      if (one.admitted) granted = one;
    });
  };

  return {
    admit: (): BreakerTicket | undefined => {
      if (!enabled()) return 0;
      if (granted) {
        const ticket = granted;
        granted = undefined;
        return ticket;
      }
      const closed = shared.state().status === "closed";
      if (asking) return closed ? early(shared, asking) : undefined;
      const admission = shared.admit();
      if (!(admission instanceof Promise)) return admission.admitted ? admission : undefined;
      const answer = ask(admission);
      if (closed) return early(shared, answer);
      void answer.then((one) => {
        if (one.admitted) granted = one;
      });
      return undefined;
    },
    done: (ticket, outcome, ms) => {
      if (typeof ticket === "number") return;
      const before = earlyOf(ticket);
      if (before) void before.answer.then((one) => (one.admitted ? shared.done(one, outcome, ms) : undefined));
      else void shared.done(ticket, outcome, ms);
    },
    look: (): CircuitLook => {
      if (!enabled()) return { status: "closed" };
      const { status, openUntil, forced } = shared.state();
      // No request comes to it, so nothing but this would ever see that it was released, or that the force has ended.
      if (forced?.state === "open" && !asking && !granted) prepare();
      return {
        status,
        ...(openUntil === undefined ? {} : { openUntil }),
        ...(forced === undefined ? {} : { forced: forced.state }),
      };
    },
  };
}

const early = (shared: SharedBreaker, answer: Promise<Admission>): BreakerTicket => {
  const ticket: Early = { admitted: true, epoch: shared.state().epoch, answer };
  return ticket;
};
