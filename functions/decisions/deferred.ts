// How decisions read, in one part that is loaded with the first of them: see functions/deferred.ts. Every noun brings words.
import "../shared-parts.ts";

export { summaryOf } from "./summary.ts";
export { explainOf, sentenceOf } from "./words.ts";
