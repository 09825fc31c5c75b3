import { execa } from "execa";

/** All files of the repository that git knows or would take, relative to it and with slashes; ignored ones are left out. */
export async function listRepositoryFiles(root: string): Promise<string[]> {
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
  });
  return stdout.split("\0").filter((file) => file !== "");
}
