import { compress } from "hono/compress";

/** Answers in gzip where that is asked for. Loaded with the first request that does: negotiating takes more code than it is worth at a start. */
export const compressed = compress({ encoding: "gzip" });
