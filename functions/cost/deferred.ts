// What other nouns and requests need of cost, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { costMachine } from "./machine-of.ts";
