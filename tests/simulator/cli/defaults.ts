/** Port of the chat server when `serve` is given none. */
export const DEFAULT_PORT = 7780;
/** Port of the control interface when none is given. */
export const DEFAULT_CONTROL_PORT = 7781;
