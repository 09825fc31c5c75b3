/** What the tile of blocked contacts asks for: more than these are counted as "99+". */
export const tileBlocks = { status: "active", limit: 99 } as const;
