/** What checks the meaning of `cost`, loaded when a configuration has it. */
import "../shared-parts.ts";

export { checkCosts } from "../../shared/shell/config-costs.ts";
