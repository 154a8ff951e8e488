import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./install.ts";

/** Newest release that Python's registry carries; its wheel brings the jars of the distribution. */
export const FLINK = "2.3.0";

/** What a cluster needs to run jobs with files: no tables, no SQL, no other formats. */
const NEEDED = /^(flink-dist|flink-connector-files|log4j)-?.*\.jar$/;

/** The jars of a Flink distribution in the folder's `lib`. */
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
}
