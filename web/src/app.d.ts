import type { Theme } from "#lib/theme.ts";

declare global {
  namespace App {
    interface Error {
      /** The same id stands in the log of the web process. */
      errorId?: string;
    }
    interface Locals {
      theme: Theme;
    }
  }
}
