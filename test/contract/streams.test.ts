import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { memoryDriver } from "../fakes/streams-driver.ts";
import { streamsContract } from "./streams.ts";

streamsContract("memory", async () => {
  const streams = memoryStreams();
  return { streams, driver: memoryDriver(streams), close: () => streams.close() };
});
