import "./shared-parts.ts";

export { dynamodbJournal } from "../shared/edge/dynamodb-journal.ts";
export { dynamodbStore } from "../shared/edge/dynamodb-store.ts";
