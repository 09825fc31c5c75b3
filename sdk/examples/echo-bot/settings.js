/** What the environment says, as options of `connectSwitchboard`. A missing setting ends the program with a sentence. */
export function readSettings(env) {
  const missing = ["SWITCHBOARD_URL", "SWITCHBOARD_API_KEY", "BOT_ID"].filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`Set ${missing.join(", ")}.`);
  return {
    url: env.SWITCHBOARD_URL,
    apiKey: env.SWITCHBOARD_API_KEY,
    botId: env.BOT_ID,
    waitSeconds: Number(env.WAIT_SECONDS ?? 120),
    ttlSeconds: Number(env.LEASE_SECONDS ?? 30),
    logger: { info: log, warn: log, error: log },
    // The private JWK that belongs to the key's recipient key; without one the key needs the scope session:plain.
    ...(env.RECIPIENT_KEY ? { recipientKey: JSON.parse(env.RECIPIENT_KEY) } : {}),
    // For tests against Switchboard's simulator of WhatsApp only.
    ...(env.WHATSAPP_URL ? { testServer: { url: env.WHATSAPP_URL, noiseRootKey: env.WHATSAPP_NOISE_ROOT_KEY } } : {}),
  };
}

function log(fields, message) {
  console.log(message, JSON.stringify(fields));
}
