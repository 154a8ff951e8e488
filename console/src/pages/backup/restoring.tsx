/** Pages of a restore, in one part. */
export { RestorePage } from "./restore.tsx";
export { Wizard } from "./wizard.tsx";
