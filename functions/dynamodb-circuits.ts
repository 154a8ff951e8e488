import "./shared-parts.ts";

export { dynamodbCircuits } from "../shared/edge/dynamodb-circuits.ts";
