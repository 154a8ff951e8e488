// Reached through import() only: few services are functions behind an alias.
import "./shared-parts.ts";

export { lambdaAliasWeights } from "../shared/edge/lambda-alias-weights.ts";
