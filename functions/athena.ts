import "./shared-parts.ts";

export { athenaTables } from "../shared/edge/athena.ts";
