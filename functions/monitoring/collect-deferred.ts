/** What collecting needs, in a part of its own that is loaded with the first request for it. */
import "../shared-parts.ts";

export { collectServices, latestCollected } from "./collect.ts";
