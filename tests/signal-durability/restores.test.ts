import "../../worker/src/whatsapp/repairs/install.ts";
import { expect, it } from "vitest";
import { runRestores } from "./restores.ts";

/** Restores that are run: few by default, so many by SIGNAL_DURABILITY_RESTORES. */
const RESTORES = Number(process.env.SIGNAL_DURABILITY_RESTORES ?? 4);

it(
  "no message counter and no pre-key is used twice over backups that are put back, also twice",
  async () => {
    const report = await runRestores(1, RESTORES);
    process.stdout.write(
      `${report.restores} restores, ${report.sent} ciphertexts, at most ${report.lostMax} lost at once\n`,
    );
    expect(report.reusedCounters).toEqual([]);
    expect(report.reissuedPreKeys).toEqual([]);
    expect(report.contactFailures).toEqual([]);
    expect(report.unexpected).toEqual([]);
    expect(report.unrecovered).toBe(0);
  },
  60_000 + RESTORES * 10_000,
);
