/** Of this package only one file is used, which brings everything along: its dependencies are not installed. */
const SELF_CONTAINED = "@scalar/api-reference";

export const hooks = {
  readPackage: (manifest) => (manifest.name === SELF_CONTAINED ? { ...manifest, dependencies: {} } : manifest),
};
