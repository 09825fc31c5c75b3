/** How text fields, selects and text areas look. */
export const controlClass =
  "w-full rounded-md border border-line-strong bg-surface px-3 py-2 text-sm text-ink min-h-10 aria-invalid:border-bad";
