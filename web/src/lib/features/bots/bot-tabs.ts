/** The pages of one bot, in the order of their tabs. */
export const botTabs = (botId: string) => [
  { href: `/bots/${botId}`, label: "Overview" },
  { href: `/bots/${botId}/call-blocking`, label: "Call blocking" },
  { href: `/bots/${botId}/blocked`, label: "Blocked contacts" },
  { href: `/bots/${botId}/calls`, label: "Call history" },
  { href: `/bots/${botId}/statistics`, label: "Statistics" },
  { href: `/bots/${botId}/session`, label: "Session" },
];
