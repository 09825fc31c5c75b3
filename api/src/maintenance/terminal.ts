/** Where the machine's commands write, and where they are run; tests bring their own. */
export interface MaintenanceTerminal {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** The settings of the installation. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Paths on the command line are relative to this folder. */
  readonly folder: string;
  /** Aborted by Ctrl-C: a command ends at the next place where nothing is half done. */
  readonly interrupted: AbortSignal;
}
