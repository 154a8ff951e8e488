/** What checks the meaning of `oncall`, loaded when a configuration has it. */
import "../shared-parts.ts";

export { checkOncalls } from "../../shared/shell/config-oncall.ts";
