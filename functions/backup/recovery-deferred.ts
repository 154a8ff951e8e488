// What requests for recovery need, in one part that is loaded with the first of them.
import "../shared-parts.ts";

export { checkMirrorOf, writeMirrorOf } from "./recovery-mirror.ts";
export { recoveryView } from "./recovery-view.ts";
export { beginRunbook, commandRunbook, runbooksView, runbookView, runbookWorld } from "./runbook-work.ts";
