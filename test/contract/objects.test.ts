import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFauxqs } from "fauxqs";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { s3Wire } from "../fakes/s3-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { objectsContract } from "./objects.ts";

objectsContract("memory", async () => ({ objects: memoryObjects(manualClock()), close: async () => undefined }));

objectsContract("directory", async () => {
  const root = await mkdtemp(join(tmpdir(), "headgate-objects-"));
  return { objects: directoryObjects(root), close: () => rm(root, { recursive: true }) };
});

const NOT_PLAIN = "paths as they stand cannot: see DirectoryObjectsOptions";
const SAME_CODE = "shown above; only the names differ";
objectsContract(
  "directory with plain names",
  async () => {
    const root = await mkdtemp(join(tmpdir(), "headgate-objects-"));
    return { objects: directoryObjects(root, { plain: true }), close: () => rm(root, { recursive: true }) };
  },
  {
    "a key and keys below it live side by side": NOT_PLAIN,
    "keys may have 900 bytes in one part": NOT_PLAIN,
    "a list is in order of UTF-8 bytes, whatever the page size": NOT_PLAIN,
    "readers see one write or the other, never a mixture": SAME_CODE,
    "a stream of 20 MiB arrives whole and in order": SAME_CODE,
  },
);

objectsContract("S3 on the wire fake", async () => {
  const wire = await s3Wire({ bucket: "bucket" });
  const clients = wireClients(wire.endpoint);
  const objects = s3Objects({ client: clients.s3, bucket: "bucket", prefix: "tenant/" });
  return {
    objects,
    close: async () => {
      await clients.close();
      await wire.close();
    },
  };
});

const ignored = "fauxqs ignores If-None-Match; the wire fake proves it";
objectsContract(
  "S3 on fauxqs",
  async () => {
    const server = await startFauxqs({ port: 0, logger: false });
    server.createBucket("bucket");
    const clients = wireClients(`http://127.0.0.1:${server.port}`);
    return {
      objects: s3Objects({ client: clients.s3, bucket: "bucket" }),
      close: async () => {
        await clients.close();
        await server.stop();
      },
    };
  },
  {
    "ifAbsent refuses to replace and leaves what was there": ignored,
    "of twenty writers with ifAbsent exactly one wins, and its bytes are there": ignored,
    "a big stream with ifAbsent does not replace": ignored,
    "a list is in order of UTF-8 bytes, whatever the page size": "fauxqs sorts keys by locale",
  },
);
