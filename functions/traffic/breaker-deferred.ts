// What requests about circuits need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { sweepCircuits } from "./breaker-journal.ts";
export {
  admitView,
  breakerWhatIfView,
  circuitsView,
  circuitView,
  force,
  outcomesView,
  release,
} from "./breaker-work.ts";
