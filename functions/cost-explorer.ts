import "./shared-parts.ts";

export { costExplorer } from "../shared/edge/cost-explorer.ts";
