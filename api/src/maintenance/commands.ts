import type { AddCommand } from "./command.ts";
import { addAuditVerify } from "./commands/audit-verify.ts";
import { addBackup } from "./commands/backup.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addRestore } from "./commands/restore.ts";
import { addRotateCommands } from "./commands/rotate.ts";

/** Every command of the machine. A new one is a file in commands/ and a line here. */
export const maintenanceCommands: readonly AddCommand[] = [
  addBackup,
  addRestore,
  addDoctor,
  addRotateCommands,
  addAuditVerify,
];
