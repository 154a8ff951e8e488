import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pomOf, run } from "./install.ts";

/** Newest release that Python's registry carries; its wheel brings the jars of the distribution. */
export const FLINK = "2.3.0";

/** What a cluster needs to run jobs with files: no tables, no SQL, no other formats. */
const NEEDED = /^(flink-dist|flink-connector-files|log4j)-?.*\.jar$/;

/** Newest release of the Kafka connector for Flink 2.x; it is not part of the distribution. */
export const FLINK_KAFKA = "4.0.0-2.0";

/** Of what the connector brings, what sources and sinks of plain records need; the distribution has the rest. */
const KAFKA_NEEDED = /^(flink-connector-kafka|kafka-clients|lz4-java|snappy-java|zstd-jni)-.*\.jar$/;

const pom = pomOf([{ group: "org.apache.flink", name: "flink-connector-kafka", version: FLINK_KAFKA }]);

/** The jars of a Flink distribution in the folder's `lib`, and the Kafka connector's in `kafka`. */
export function installFlink(folder: string): void {
  run("python3", ["-m", "venv", "venv"], folder);
  const pip = join(folder, "venv", "bin", "pip");
  run(pip, ["download", "--quiet", "--no-deps", "--dest", "wheel", `apache-flink-libraries==${FLINK}`], folder);
  const [wheel] = readdirSync(join(folder, "wheel"));
  if (wheel === undefined) throw new Error("pip downloaded no package apache-flink-libraries");
  run("python3", ["-m", "zipfile", "-e", join("wheel", wheel), "unpacked"], folder);
  renameSync(join(folder, "unpacked", "pyflink", "lib"), join(folder, "lib"));
  for (const jar of readdirSync(join(folder, "lib"))) if (!NEEDED.test(jar)) rmSync(join(folder, "lib", jar));
  for (const used of ["wheel", "unpacked", "venv"]) rmSync(join(folder, used), { recursive: true, force: true });
  writeFileSync(join(folder, "pom.xml"), pom);
  const copy = ["dependency:copy-dependencies", "-DoutputDirectory=kafka", "-DincludeScope=runtime"];
  run("mvn", ["--batch-mode", "--quiet", ...copy], folder);
  for (const jar of readdirSync(join(folder, "kafka"))) if (!KAFKA_NEEDED.test(jar)) rmSync(join(folder, "kafka", jar));
}
