import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Why a command cannot be started, as a sentence; undefined when it can. Looked up the way the shell would, beforehand, because
 * the shell's own answer (exit code 127) cannot be told from a program that ends so itself.
 */
export function cannotStart(program: string, cwd: string, path: string): string | undefined {
  try {
    if (!statSync(cwd).isDirectory()) return `working folder ${cwd} is not a folder`;
  } catch {
    return `working folder ${cwd} does not exist`;
  }
  if (program.includes("/")) {
    return runnable(resolve(cwd, program)) ? undefined : `command not found or not executable: ${program} (in ${cwd})`;
  }
  const found = path.split(delimiter).some((dir) => runnable(join(resolve(cwd, dir || "."), program)));
  return found ? undefined : `command not found: ${program} (not in PATH)`;
}
