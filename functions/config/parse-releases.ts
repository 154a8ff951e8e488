/** What checks the meaning of `delivery` and `flags`, loaded when a configuration has either. */
import "../shared-parts.ts";

export { checkReleases } from "../../shared/shell/config-releases.ts";
