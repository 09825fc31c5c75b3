/** Session tokens on show at first; the newest. */
export const TOKENS_SHOWN = 20;

/** Disclosures on show at first; the newest. */
export const DISCLOSURES_SHOWN = 20;

/** What the api gives at once at the most. */
export const SHOWN_MAX = 200;
